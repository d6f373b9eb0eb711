//! Writes the first inputs of every target, taken from the logs that the repository carries: `seeds FOLDER`.

use std::path::PathBuf;

use ambit_fuzz::seeds;

fn main() -> anyhow::Result<()> {
    let folder = std::env::args_os().nth(1).map_or_else(|| "corpus".into(), PathBuf::from);
    let bytes = seeds::write(&folder)?;
    println!("{bytes} bytes of seeds in {}", folder.display());
    Ok(())
}
