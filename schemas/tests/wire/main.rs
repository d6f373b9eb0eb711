//! The wire contracts: the Avro schemas equal the Arrow schemas, and what was written under `v1` stays readable.

#[cfg(test)]
mod compatible;
#[cfg(test)]
mod equal;
