//! The tests of the whole house, in one binary.

#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod evaluate;
#[cfg(test)]
mod line;
#[cfg(test)]
mod live;
#[cfg(test)]
mod normalized;
#[cfg(test)]
mod ocsf;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod tidy;
