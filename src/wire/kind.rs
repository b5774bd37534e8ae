//! How a column travels from the wire to JavaScript.

/// The form in which a column's values cross the boundary. The numbers are known to `lib/rows.js`.
///
/// A kind other than `Text` stands for one of pg-types' pristine default parsers (TY-5): JavaScript
/// checks at each RowDescription that nobody replaced it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// The text as the server sent it; JavaScript calls the column's parser.
    Text = 0,
    /// `parseInt`: int2, int4, oid.
    Int = 1,
    /// `parseFloat`: float4, float8.
    Float = 2,
    /// bool.
    Bool = 3,
    /// json, jsonb: an element of the batch's one JSON text.
    Json = 4,
    /// An array of numbers through `parseInt`.
    IntArray = 5,
    /// An array of numbers through `parseFloat`.
    FloatArray = 6,
    /// An array of strings.
    TextArray = 7,
    /// An array of booleans.
    BoolArray = 8,
    /// timestamptz: milliseconds since 1970.
    TimestampTz = 9,
    /// timestamp: its parts, because JavaScript knows the local time zone.
    Timestamp = 10,
    /// date: its parts.
    Date = 11,
    /// A value in binary format: one character per byte.
    Bytes = 12,
}

impl Kind {
    /// The kind under which pg-types 2.2.0 parses this type by default (3.2, 3.4).
    pub const fn of_type(oid: u32) -> Self {
        match oid {
            16 => Self::Bool,
            21 | 23 | 26 => Self::Int,
            700 | 701 => Self::Float,
            114 | 3802 => Self::Json,
            1005 | 1007 | 1028 => Self::IntArray,
            1021 | 1022 | 1231 => Self::FloatArray,
            651 | 791 | 1008 | 1009 | 1014 | 1015 | 1016 | 1040 | 1041 | 1183 | 1270 | 2951
            | 3907 => Self::TextArray,
            1000 => Self::BoolArray,
            1184 => Self::TimestampTz,
            1114 => Self::Timestamp,
            1082 => Self::Date,
            _ => Self::Text,
        }
    }

    /// The kind with this number; an unknown number is `Text`, which is always right.
    pub const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::Int,
            2 => Self::Float,
            3 => Self::Bool,
            4 => Self::Json,
            5 => Self::IntArray,
            6 => Self::FloatArray,
            7 => Self::TextArray,
            8 => Self::BoolArray,
            9 => Self::TimestampTz,
            10 => Self::Timestamp,
            11 => Self::Date,
            12 => Self::Bytes,
            _ => Self::Text,
        }
    }

    /// Whether values of this kind travel in the batch's JSON text.
    pub const fn is_json(self) -> bool {
        matches!(
            self,
            Self::Json | Self::IntArray | Self::FloatArray | Self::TextArray | Self::BoolArray
        )
    }
}
