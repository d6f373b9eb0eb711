//! What a batch takes of memory.

use arrow::array::{Array, ArrayData, ArrayRef};
use arrow::buffer::Buffer;

/// What an array takes beside its buffers, about.
const ARRAY_BYTES: usize = size_of::<ArrayData>();

/// Bytes that columns hold in memory. An allocation that several of their arrays share counts once: all arrays of a batch that
/// was read from a message of IPC stand in the bytes of that message, and each for itself would count all of them.
pub(super) fn bytes(columns: &[ArrayRef]) -> usize {
    let (mut allocations, mut arrays) = (Vec::new(), 0);
    for column in columns {
        note(&column.to_data(), &mut allocations, &mut arrays);
    }
    allocations.sort_unstable();
    allocations.dedup_by_key(|(start, _)| *start);
    allocations.iter().map(|(_, bytes)| bytes).sum::<usize>() + arrays * ARRAY_BYTES
}

/// Notes where each buffer's allocation begins, and how large it is.
fn note(data: &ArrayData, allocations: &mut Vec<(usize, usize)>, arrays: &mut usize) {
    *arrays += 1;
    let allocation = |buffer: &Buffer| (buffer.data_ptr().addr().get(), buffer.capacity());
    allocations.extend(data.buffers().iter().map(allocation));
    allocations.extend(data.nulls().map(|nulls| allocation(nulls.buffer())));
    for child in data.child_data() {
        note(child, allocations, arrays);
    }
}
