//! The reader of Avro that the Kafka source has. It is private to the program, so its file is taken in here.

#[expect(dead_code, reason = "the file is a private module of another crate, which uses all of it")]
#[path = "../../../detector/cli/src/kafka/avro.rs"]
mod reader;

use std::cell::RefCell;

use ambit_ingest::{Decoder, RawRecord, Settings};

use self::reader::{Avro, AvroError};

thread_local! {
    static AVRO: RefCell<Avro> = RefCell::new(Avro::new(None).unwrap());
}

/// Reads a message; what is Avro becomes JSON that the decoder of canonical events can cut.
pub fn message(data: &[u8]) {
    match AVRO.with_borrow_mut(|avro| avro.json(data)) {
        Ok(Some(json)) => {
            serde_json::from_slice::<serde_json::Value>(&json).unwrap();
            let mut decoder = Decoder::new(Settings::default());
            decoder.push(&RawRecord::of_file(&json, &"topic".into(), 0));
            let total = decoder.counts().total();
            assert!(total.read >= 1, "{total:?}");
        }
        Ok(None) | Err(AvroError::Unreadable(_)) => {}
        Err(AvroError::Retry(why)) => panic!("no registry was asked: {why}"),
    }
}
