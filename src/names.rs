//! Enums whose values have a stable name in options, rule files and records.

/// Declares an enum of named values: `as_str`, `ALL`, `Display`, `FromStr` (which answers a typo
/// with what was meant) and `Serialize` come with it.
macro_rules! names {
    (
        $(#[$meta:meta])*
        $what:literal => pub enum $name:ident {
            $( $(#[$value_meta:meta])* $value:ident = $text:literal, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $( $(#[$value_meta])* $value, )+
        }

        impl $name {
            /// Every value, in the order of the documentation.
            pub const ALL: &'static [$name] = &[$($name::$value),+];

            /// The stable name.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($name::$value => $text,)+
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::Error;

            fn from_str(name: &str) -> Result<Self, $crate::Error> {
                $name::ALL.iter().copied().find(|value| value.as_str() == name).ok_or_else(|| {
                    $crate::Error::unknown($what, name, $name::ALL.iter().map(|value| value.as_str()))
                })
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

pub(crate) use names;
