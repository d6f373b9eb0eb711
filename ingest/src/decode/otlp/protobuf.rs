//! Exports as protobuf, the default of every OTLP exporter: the same rows as from JSON. Read by hand, because a few
//! fields of a few messages are wanted and most of the bytes are prompts to be stepped over.

use std::borrow::Cow;

use ambit_schemas::EventTime;

use super::attributes::{Resource, Slots, keep};
use super::export::{Export, Kind, Record};
use super::jsonrpc;
use super::wire::{Field, Wire};
use crate::json::Fault;

/// What a body exports. A body does not say so itself; the endpoint that received it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// `ExportTraceServiceRequest`.
    Traces,
    /// `ExportLogsServiceRequest`.
    Logs,
}

impl<'a> Export<'a> {
    /// Reads a body to its end.
    pub(super) fn read_protobuf(wire: &mut Wire<'a>, signal: Signal) -> Result<Self, Fault> {
        let mut export = Self::default();
        while let Some((number, field)) = wire.next()? {
            if number == 1 {
                export.resource(field.message()?, signal)?;
            }
        }
        Ok(export)
    }

    fn resource(&mut self, mut wire: Wire<'a>, signal: Signal) -> Result<(), Fault> {
        let (index, calls) = (self.resources.len(), self.calls.len());
        self.resources.push(Resource::default());
        while let Some((number, field)) = wire.next()? {
            match number {
                1 => {
                    let mut resource = Resource::default();
                    let mut message = field.message()?;
                    while let Some((number, field)) = message.next()? {
                        if number == 1 {
                            attribute(field, &mut resource)?;
                        }
                    }
                    resource.settle();
                    if let Some(held) = self.resources.get_mut(index) {
                        *held = resource;
                    }
                }
                // 1000 is the field of the years before scopes had their name.
                2 | 1000 => self.scope(field.message()?, signal)?,
                _ => {}
            }
        }
        if self.calls.len() == calls {
            self.resources.truncate(index);
        }
        Ok(())
    }

    fn scope(&mut self, mut wire: Wire<'a>, signal: Signal) -> Result<(), Fault> {
        let (index, calls) = (self.scopes.len(), self.calls.len());
        self.scopes.push(None);
        while let Some((number, field)) = wire.next()? {
            match number {
                1 => {
                    let mut message = field.message()?;
                    while let Some((number, field)) = message.next()? {
                        if number == 1
                            && let Some(held) = self.scopes.get_mut(index)
                        {
                            *held = Some(Cow::Borrowed(field.text()?));
                        }
                    }
                }
                2 => {
                    let mut record = Record { is_log: signal == Signal::Logs, ..Record::default() };
                    match signal {
                        Signal::Traces => record.span_fields(field.message()?)?,
                        Signal::Logs => record.log_fields(field.message()?)?,
                    }
                    self.hold(record);
                }
                _ => {}
            }
        }
        if self.calls.len() == calls {
            self.scopes.truncate(index);
        }
        Ok(())
    }
}

impl<'a> Record<'a> {
    fn span_fields(&mut self, mut wire: Wire<'a>) -> Result<(), Fault> {
        while let Some((number, field)) = wire.next()? {
            match number {
                1 => self.trace = field.id(16),
                2 => self.span = span_id(field),
                4 => self.parent = span_id(field),
                6 => self.kind = Kind::of_number(field.number()?),
                7 => self.time = nanos(field.number()?),
                9 => attribute(field, &mut self.call)?,
                15 => self.is_error = is_error(field.message()?)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn log_fields(&mut self, mut wire: Wire<'a>) -> Result<(), Fault> {
        let (mut observed, mut body) = (None, None);
        while let Some((number, field)) = wire.next()? {
            match number {
                1 => self.time = nanos(field.number()?),
                5 => body = text_of(field.message()?)?,
                6 => attribute(field, &mut self.call)?,
                9 => self.trace = field.id(16),
                10 => self.span = span_id(field),
                11 => observed = nanos(field.number()?),
                _ => {}
            }
        }
        self.time = self.time.or(observed);
        if let Some(body) = body {
            jsonrpc::read(&body, self);
        }
        Ok(())
    }
}

fn span_id(field: Field<'_>) -> Option<u64> {
    field.id(8).and_then(|id| u64::try_from(id).ok())
}

fn nanos(nanos: u64) -> Option<EventTime> {
    i64::try_from(nanos).ok().filter(|nanos| *nanos != 0).map(EventTime::from_nanos)
}

/// The status without its message, which may quote anything.
fn is_error(mut wire: Wire<'_>) -> Result<bool, Fault> {
    let mut is_error = false;
    while let Some((number, field)) = wire.next()? {
        if number == 3 {
            is_error = field.number()? == 2;
        }
    }
    Ok(is_error)
}

/// Puts an attribute where it is wanted.
fn attribute<'a>(field: Field<'a>, slots: &mut impl Slots<'a>) -> Result<(), Fault> {
    let mut wire = field.message()?;
    let (mut name, mut value) = ("", None);
    while let Some((number, field)) = wire.next()? {
        match number {
            1 => name = field.text()?,
            2 => value = Some(field.message()?),
            _ => {}
        }
    }
    if let (Some(slot), Some(value)) = (slots.slot(name), value) {
        keep(slot, text_of(value)?);
    }
    Ok(())
}

/// The text of a value; none of arrays, maps and bytes.
fn text_of<'a>(mut wire: Wire<'a>) -> Result<Option<Cow<'a, str>>, Fault> {
    let mut text = None;
    while let Some((number, field)) = wire.next()? {
        match number {
            1 => text = Some(Cow::Borrowed(field.text()?)),
            // A negative number is written as the complement of its positive.
            3 => text = Some(Cow::Owned(field.number()?.cast_signed().to_string())),
            _ => {}
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
