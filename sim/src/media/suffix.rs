//! What may follow a base URL: `d`, `dv`, or a size (`photos/library/guides/access-media-items#base-urls`).

use std::str::FromStr;

/// What the suffix asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suffix {
    /// `=d`: the photo, or a video's thumbnail.
    Image,
    /// `=dv`: the video, or a motion photo's clip.
    Video,
    /// A size, or nothing at all: a small picture, with status 200 all the same.
    Preview,
}

impl FromStr for Suffix {
    type Err = ();

    /// `text` without the `=`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut suffix = Self::Preview;
        for parameter in text.split('-').filter(|_| !text.is_empty()) {
            match parameter {
                "d" => suffix = Self::Image,
                "dv" => suffix = Self::Video,
                "c" | "no" => {}
                size => {
                    let pixels = size
                        .strip_prefix('w')
                        .or_else(|| size.strip_prefix('h'))
                        .ok_or(())?;
                    pixels
                        .parse::<u32>()
                        .ok()
                        .filter(|n| (1..=16_383).contains(n))
                        .ok_or(())?;
                }
            }
        }
        Ok(suffix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_suffix_is_understood() {
        for (text, expected) in [
            ("", Ok(Suffix::Preview)),
            ("d", Ok(Suffix::Image)),
            ("dv", Ok(Suffix::Video)),
            ("w2048-h1024", Ok(Suffix::Preview)),
            ("w256-h256-c-no", Ok(Suffix::Preview)),
            ("w0", Err(())),
            ("w16384", Err(())),
            ("x", Err(())),
        ] {
            assert_eq!(text.parse::<Suffix>(), expected, "{text}");
        }
    }
}
