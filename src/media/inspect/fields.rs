//! Numbers at places in a slice where they may or may not be: every read answers `None` past the end.
//!
//! Separate so that no parser of file structures contains an index that could panic.

/// Byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Big,
    Little,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    order: Order,
}

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8], order: Order) -> Self {
        Self { bytes, order }
    }

    pub(super) fn big(bytes: &'a [u8]) -> Self {
        Self::new(bytes, Order::Big)
    }

    pub(super) fn little(bytes: &'a [u8]) -> Self {
        Self::new(bytes, Order::Little)
    }

    pub(super) fn slice(self, at: usize, len: usize) -> Option<&'a [u8]> {
        self.bytes.get(at..at.checked_add(len)?)
    }

    pub(super) fn from(self, at: usize) -> Option<&'a [u8]> {
        self.bytes.get(at..)
    }

    pub(super) fn array<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        self.slice(at, N)?.try_into().ok()
    }

    pub(super) fn u8(self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    pub(super) fn u16(self, at: usize) -> Option<u16> {
        let bytes = self.array(at)?;
        Some(match self.order {
            Order::Big => u16::from_be_bytes(bytes),
            Order::Little => u16::from_le_bytes(bytes),
        })
    }

    pub(super) fn u32(self, at: usize) -> Option<u32> {
        let bytes = self.array(at)?;
        Some(match self.order {
            Order::Big => u32::from_be_bytes(bytes),
            Order::Little => u32::from_le_bytes(bytes),
        })
    }

    pub(super) fn u64(self, at: usize) -> Option<u64> {
        let bytes = self.array(at)?;
        Some(match self.order {
            Order::Big => u64::from_be_bytes(bytes),
            Order::Little => u64::from_le_bytes(bytes),
        })
    }

    /// An unsigned number of 0, 1, 2, 4 or 8 bytes.
    pub(super) fn sized(self, at: usize, size: usize) -> Option<u64> {
        match size {
            0 => Some(0),
            1 => self.u8(at).map(u64::from),
            2 => self.u16(at).map(u64::from),
            4 => self.u32(at).map(u64::from),
            8 => self.u64(at),
            _ => None,
        }
    }

    /// An offset or a length of 32 bits, as an index.
    pub(super) fn index(self, at: usize) -> Option<usize> {
        usize::try_from(self.u32(at)?).ok()
    }
}
