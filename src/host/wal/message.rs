//! Protobuf messages, as far as a log needs them: fields of numbers and of bytes.

/// The number in a field of a protobuf message.
pub(super) fn number(message: &[u8], wanted: u64) -> Option<u64> {
    match field(message, wanted)? {
        Value::Number(value) => Some(value),
        Value::Bytes(_) => None,
    }
}

/// The bytes in a field of a protobuf message.
pub(super) fn bytes(message: &[u8], wanted: u64) -> Option<&[u8]> {
    match field(message, wanted)? {
        Value::Bytes(value) => Some(value),
        Value::Number(_) => None,
    }
}

enum Value<'m> {
    Number(u64),
    Bytes(&'m [u8]),
}

fn field(mut message: &[u8], wanted: u64) -> Option<Value<'_>> {
    loop {
        let (tag, rest) = varint(message)?;
        let (first, rest) = varint(rest)?;
        let (value, rest) = match tag & 0b111 {
            0 => (Value::Number(first), rest),
            2 => {
                let (value, rest) = rest.split_at_checked(usize::try_from(first).ok()?)?;
                (Value::Bytes(value), rest)
            }
            _ => return None,
        };
        if tag >> 3 == wanted {
            return Some(value);
        }
        message = rest;
    }
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(at + 1..)?));
        }
    }
    None
}

/// A message of numbers, field by field from the first.
pub(super) fn of_numbers(values: &[u64]) -> Vec<u8> {
    let mut message = Vec::new();
    for (field, value) in (1..).zip(values) {
        put_varint(&mut message, field << 3);
        put_varint(&mut message, *value);
    }
    message
}

/// Adds a field of bytes.
pub(super) fn put_bytes(message: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    put_varint(message, (field << 3) | 0b10);
    put_varint(message, bytes.len().try_into().unwrap_or(u64::MAX));
    message.extend(bytes);
}

fn put_varint(message: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or_default();
        value >>= 7;
        if value == 0 {
            message.push(low);
            return;
        }
        message.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut message = of_numbers(&[3, u64::MAX, 128]);
        put_bytes(&mut message, 4, b"data");
        assert_eq!(number(&message, 1), Some(3));
        assert_eq!(number(&message, 2), Some(u64::MAX));
        assert_eq!(number(&message, 3), Some(128));
        assert_eq!(bytes(&message, 4), Some(&b"data"[..]));
        assert_eq!(number(&message, 4), None);
        for cut in 0..message.len() {
            assert_eq!(bytes(&message[..cut], 4), None, "{cut}");
        }
    }
}
