//! Exports as protobuf, the default of every OTLP exporter: the same rows as from JSON. Read by hand, because a few
//! fields of a few messages are wanted and most of the bytes are prompts to be stepped over.

use std::borrow::Cow;

use ambit_schemas::EventTime;

use super::attributes::{Resource, Slots, Text, keep};
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

/// Reads a body to its end.
pub(super) fn read(mut wire: Wire<'_>, signal: Signal) -> Result<Export<'_>, Fault> {
    let mut export = Export::default();
    while let Some((number, field)) = wire.next()? {
        if number == 1 {
            read_resource(&mut export, field.message()?, signal)?;
        }
    }
    Ok(export)
}

fn read_resource<'a>(export: &mut Export<'a>, mut wire: Wire<'a>, signal: Signal) -> Result<(), Fault> {
    let (index, calls) = (export.resources.len(), export.calls.len());
    export.resources.push(Resource::default());
    while let Some((number, field)) = wire.next()? {
        match number {
            1 => {
                let resource = resource(field.message()?)?;
                if let Some(held) = export.resources.get_mut(index) {
                    *held = resource;
                }
            }
            // 1000 is the field of the years before scopes had their name.
            2 | 1000 => read_scope(export, field.message()?, signal)?,
            _ => {}
        }
    }
    if export.calls.len() == calls {
        export.resources.truncate(index);
    }
    Ok(())
}

fn resource(mut wire: Wire<'_>) -> Result<Resource<'_>, Fault> {
    let mut resource = Resource::default();
    while let Some((number, field)) = wire.next()? {
        if number == 1 {
            attribute(field, &mut resource)?;
        }
    }
    resource.settle();
    Ok(resource)
}

fn read_scope<'a>(export: &mut Export<'a>, mut wire: Wire<'a>, signal: Signal) -> Result<(), Fault> {
    let (index, calls) = (export.scopes.len(), export.calls.len());
    export.scopes.push(None);
    while let Some((number, field)) = wire.next()? {
        match number {
            1 => {
                let name = scope_name(field.message()?)?;
                if let Some(held) = export.scopes.get_mut(index) {
                    *held = name;
                }
            }
            2 => {
                let mut record = Record { is_log: signal == Signal::Logs, ..Record::default() };
                match signal {
                    Signal::Traces => read_span(&mut record, field.message()?)?,
                    Signal::Logs => read_log(&mut record, field.message()?)?,
                }
                export.hold(record);
            }
            _ => {}
        }
    }
    if export.calls.len() == calls {
        export.scopes.truncate(index);
    }
    Ok(())
}

fn scope_name(mut wire: Wire<'_>) -> Result<Text<'_>, Fault> {
    let mut name = None;
    while let Some((number, field)) = wire.next()? {
        if number == 1 {
            name = Some(Cow::Borrowed(field.text()?));
        }
    }
    Ok(name)
}

fn read_span<'a>(record: &mut Record<'a>, mut wire: Wire<'a>) -> Result<(), Fault> {
    let mut name = None;
    while let Some((number, field)) = wire.next()? {
        match number {
            1 => record.trace = field.id(16),
            2 => record.span = span_id(field),
            4 => record.parent = span_id(field),
            5 => name = Some(field.text()?),
            6 => record.kind = Kind::of_number(field.number()?),
            7 => record.time = nanos(field.number()?),
            9 => attribute(field, &mut record.call)?,
            15 => record.is_error = is_error(field.message()?)?,
            _ => {}
        }
    }
    record.call.target_by_name(name);
    Ok(())
}

fn read_log<'a>(record: &mut Record<'a>, mut wire: Wire<'a>) -> Result<(), Fault> {
    let (mut observed, mut body) = (None, None);
    while let Some((number, field)) = wire.next()? {
        match number {
            1 => record.time = nanos(field.number()?),
            5 => body = text_of(field.message()?)?,
            6 => attribute(field, &mut record.call)?,
            9 => record.trace = field.id(16),
            10 => record.span = span_id(field),
            11 => observed = nanos(field.number()?),
            _ => {}
        }
    }
    record.time = record.time.or(observed);
    if let Some(body) = body {
        jsonrpc::read(&body, record);
    }
    Ok(())
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
fn text_of(mut wire: Wire<'_>) -> Result<Text<'_>, Fault> {
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
