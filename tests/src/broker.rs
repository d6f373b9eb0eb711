//! A real Kafka broker for a test, on free ports, gone when the test is. `tests/run` sets its jars up.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a part of tests: what goes wrong here must end the test that it serves"
)]

use std::fmt::Write as _;
use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication, TopicResult};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::types::RDKafkaErrorCode;

use super::daemon::comes_true;
use super::provided;
use super::proxy::Proxy;

const PATIENCE: Duration = Duration::from_mins(2);

/// A broker that runs.
#[derive(Debug)]
pub struct Broker {
    folder: tempfile::TempDir,
    jars: PathBuf,
    child: Option<Child>,
    /// Where it listens.
    pub address: String,
    /// The way to it that can be broken.
    pub proxy: Proxy,
}

/// What a broker has besides the two ways to it that every one has.
#[derive(Debug, Default)]
pub(crate) struct Besides {
    /// The name, the protocol and the address of each listener.
    pub(crate) listeners: Vec<(&'static str, &'static str, String)>,
    /// Lines of its properties.
    pub(crate) properties: String,
    /// Arguments for the formatting of its storage.
    pub(crate) format: Vec<String>,
}

/// A message as a test reads it back.
#[derive(Debug)]
pub struct Read {
    /// The key, as text.
    pub key: String,
    /// The value.
    pub payload: Vec<u8>,
    /// The headers in their order.
    pub headers: Vec<(String, String)>,
}

/// The broker's jars, or `None` after saying that `test` is skipped; under `CI` nothing may be skipped.
fn jars(test: &str) -> Option<PathBuf> {
    if Command::new("java").arg("-version").output().is_err() {
        provided::skip(test, "java is not there; `tests/run` installs it").unwrap();
        return None;
    }
    provided::part("kafka/lib", test).unwrap()
}

/// Why a topic was not made; that it is there already is no reason.
fn refused(made: TopicResult) -> Option<String> {
    let (name, code) = made.err().filter(|(_, code)| *code != RDKafkaErrorCode::TopicAlreadyExists)?;
    Some(format!("{name}: {code}"))
}

/// A port that nobody listens on just now, and that no connection is given by the system: those have ports above 32,768, and
/// one that ends up on a server's port keeps it from listening.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = std::process::id().wrapping_mul(331).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(10_000 + number % 22_000).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

impl Broker {
    /// Starts one, or says that `test` is skipped.
    pub fn start(test: &str) -> Option<Self> {
        Self::with(test, &Besides::default())
    }

    /// Starts one that has something besides.
    pub(crate) fn with(test: &str, besides: &Besides) -> Option<Self> {
        let jars = jars(test)?;
        let folder = tempfile::tempdir().unwrap();
        let [address, proxied, controller] = [(); 3].map(|()| format!("127.0.0.1:{}", free_port()));
        // Who came through the proxy is told to come through it again.
        let proxy = Proxy::before(&proxied);
        let (mut more, mut protocols) = (String::new(), String::new());
        for (name, protocol, address) in &besides.listeners {
            write!(more, ",{name}://{address}").unwrap();
            write!(protocols, ",{name}:{protocol}").unwrap();
        }
        let properties = format!(
            "process.roles=broker,controller\nnode.id=1\n\
             listeners=PLAINTEXT://{address},PROXIED://{proxied},CONTROLLER://{controller}{more}\n\
             advertised.listeners=PLAINTEXT://{address},PROXIED://{}{more}\ncontroller.listener.names=CONTROLLER\n\
             listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT{protocols}\n\
             controller.quorum.voters=1@{controller}\nlog.dirs={}/data\nmessage.max.bytes=33554432\n\
             offsets.topic.replication.factor=1\noffsets.topic.num.partitions=1\n\
             transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\n\
             group.initial.rebalance.delay.ms=0\ngroup.min.session.timeout.ms=1000\nauto.create.topics.enable=false\n{}",
            proxy.address,
            folder.path().display(),
            besides.properties
        );
        std::fs::write(folder.path().join("server.properties"), properties).unwrap();
        let mut broker = Self { folder, jars, child: None, address, proxy };
        let format = ["format", "-t", "AAAAAAAAAAAAAAAAAAAAAA", "-c", "server.properties"];
        let mut storage = broker.java("kafka.tools.StorageTool");
        assert!(storage.args(format).args(&besides.format).status().unwrap().success());
        broker.resume();
        Some(broker)
    }

    fn java(&self, main: &str) -> Command {
        let mut java = Command::new("java");
        java.args(["-Xmx384m", "-cp", &format!("{}/*", self.jars.display()), main]);
        java.current_dir(self.folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        java
    }

    /// Ends it as a power failure does; what it has stays.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _gone = child.kill();
            let _ended = child.wait();
        }
    }

    /// Starts it, or starts it again where it was.
    pub fn resume(&mut self) {
        let log = File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        let mut java = self.java("kafka.Kafka");
        java.arg("server.properties").stdout(log.try_clone().unwrap()).stderr(log);
        self.child = Some(java.spawn().unwrap());
        let up = comes_true(|| TcpStream::connect(&self.address).is_ok());
        assert!(up, "the broker in {} does not come up", self.folder.path().display());
    }

    /// Its process, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// What a client of it begins with.
    pub fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", &self.address);
        client
    }

    /// Makes topics with three partitions each.
    pub fn topics(&self, names: &[&str]) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // A broker on a busy machine may drop its first connection.
        let mut told = Vec::new();
        let made = comes_true(|| {
            let topics = names.iter().map(|name| NewTopic::new(name, 3, TopicReplication::Fixed(1)));
            let topics = topics.collect::<Vec<_>>();
            let made = runtime.block_on(admin.create_topics(&topics, &AdminOptions::new()));
            told = match made {
                Ok(made) => made.into_iter().filter_map(refused).collect(),
                Err(error) => vec![error.to_string()],
            };
            told.is_empty()
        });
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let end = log.len().saturating_sub(4_000);
        assert!(
            made,
            "the topics {names:?} cannot be made: {told:?}\n{}",
            &log[log.ceil_char_boundary(end)..]
        );
    }

    /// Removes what stands before an offset of a partition.
    pub fn remove_before(&self, topic: &str, partition: i32, offset: i64) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let mut places = rdkafka::TopicPartitionList::new();
        places.add_partition_offset(topic, partition, rdkafka::Offset::Offset(offset)).unwrap();
        let options = AdminOptions::new();
        let removed = admin.delete_records(&places, &options);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(removed).unwrap();
    }

    /// Writes messages to a topic, the one after the other to the next partition.
    pub fn produce(&self, topic: &str, messages: &[String]) {
        let producer: BaseProducer = self.client().create().unwrap();
        for (partition, message) in (0..3).cycle().zip(messages) {
            let record = || BaseRecord::<(), String>::to(topic).partition(partition).payload(message);
            while producer.send(record()).is_err() {
                producer.poll(Duration::from_millis(20));
            }
        }
        producer.flush(PATIENCE).unwrap();
    }

    /// Writes messages of any bytes to one partition of a topic; nothing is a tombstone.
    pub fn produce_raw(&self, topic: &str, partition: i32, messages: &[Option<Vec<u8>>]) {
        let producer: BaseProducer = self.client().set("message.max.bytes", "33554432").create().unwrap();
        for message in messages {
            let record = BaseRecord::<(), [u8]>::to(topic).partition(partition);
            let record = match message {
                Some(bytes) => record.payload(bytes.as_slice()),
                None => record,
            };
            producer.send(record).map_err(|(error, _)| error).unwrap();
            producer.flush(PATIENCE).unwrap();
        }
    }

    /// Writes messages to one partition of a topic, each with its moment in milliseconds.
    pub fn produce_at(&self, topic: &str, partition: i32, messages: &[(String, i64)]) {
        let producer: BaseProducer = self.client().create().unwrap();
        for (message, millis) in messages {
            let record = BaseRecord::<(), String>::to(topic).partition(partition);
            let record = record.payload(message).timestamp(*millis);
            producer.send(record).map_err(|(error, _)| error).unwrap();
        }
        producer.flush(PATIENCE).unwrap();
    }

    /// Writes messages to one partition in a transaction, which ends well or is taken back.
    pub fn transact(&self, topic: &str, partition: i32, messages: &[String], ends_well: bool) {
        let producer: BaseProducer = self.client().set("transactional.id", "test").create().unwrap();
        producer.init_transactions(PATIENCE).unwrap();
        producer.begin_transaction().unwrap();
        for message in messages {
            let record = BaseRecord::<(), String>::to(topic).partition(partition).payload(message);
            producer.send(record).map_err(|(error, _)| error).unwrap();
        }
        producer.flush(PATIENCE).unwrap();
        if ends_well {
            producer.commit_transaction(PATIENCE).unwrap();
        } else {
            producer.abort_transaction(PATIENCE).unwrap();
        }
    }

    /// Everything that stands in a topic.
    pub fn read(&self, topic: &str) -> Vec<Read> {
        let mut client = self.client();
        client
            .set("group.id", "reader")
            .set("auto.offset.reset", "earliest")
            .set("enable.partition.eof", "true");
        let consumer: BaseConsumer = client.create().unwrap();
        let mut places = rdkafka::TopicPartitionList::new();
        places.add_partition_range(topic, 0, 2);
        places.set_all_offsets(rdkafka::Offset::Beginning).unwrap();
        consumer.assign(&places).unwrap();
        let (mut read, mut ended) = (Vec::new(), 0);
        while ended < 3 {
            match consumer.poll(PATIENCE).unwrap() {
                Ok(message) => read.push(Read {
                    key: message
                        .key()
                        .map(|key| String::from_utf8_lossy(key).into_owned())
                        .unwrap_or_default(),
                    payload: message.payload().unwrap_or_default().to_vec(),
                    headers: message.headers().map_or_else(Vec::new, |headers| {
                        let text = |value: Option<&[u8]>| {
                            String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
                        };
                        headers.iter().map(|header| (header.key.to_owned(), text(header.value))).collect()
                    }),
                }),
                Err(rdkafka::error::KafkaError::PartitionEOF(_)) => ended += 1,
                Err(error) => panic!("{error}"),
            }
        }
        read
    }

    /// Somebody else who joins a group, and reads nothing: gives up what it has of the topic when it is dropped.
    pub fn member(&self, group: &str, topic: &str) -> Member {
        let mut client = self.client();
        client.set("group.id", group).set("partition.assignment.strategy", "range,roundrobin");
        let consumer: BaseConsumer = client.create().unwrap();
        consumer.subscribe(&[topic]).unwrap();
        while consumer.assignment().unwrap().count() == 0 {
            drop(consumer.poll(Duration::from_millis(100)));
        }
        let (leave, left) = std::sync::mpsc::channel::<()>();
        let polling = std::thread::spawn(move || {
            while left.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
                drop(consumer.poll(Duration::from_millis(100)));
            }
        });
        Member { leave: Some(leave), polling: Some(polling) }
    }

    /// The offsets that a group has committed for a topic.
    pub fn committed(&self, group: &str, topic: &str) -> Vec<Option<i64>> {
        let mut client = self.client();
        let consumer: BaseConsumer = client.set("group.id", group).create().unwrap();
        let mut places = rdkafka::TopicPartitionList::new();
        places.add_partition_range(topic, 0, 2);
        let committed = consumer.committed_offsets(places, PATIENCE).unwrap();
        let offset =
            |element: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>| match element.offset() {
                rdkafka::Offset::Offset(offset) => Some(offset),
                _ => None,
            };
        committed.elements().iter().map(offset).collect()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A member of a group.
#[derive(Debug)]
pub struct Member {
    leave: Option<std::sync::mpsc::Sender<()>>,
    polling: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Member {
    fn drop(&mut self) {
        drop(self.leave.take());
        let _ended = self.polling.take().map(std::thread::JoinHandle::join);
    }
}
