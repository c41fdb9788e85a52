//! The site of a document, from what its record says of it.

/// The name of a site, from an address or a name: the host of a URL, without `www.`, in lower
/// case; anything else as it stands, trimmed. Empty for an empty value.
///
/// ```
/// use limpio::learn::site_of;
/// assert_eq!(site_of("https://user@www.Example.org:8080/a?b#c"), "example.org");
/// assert_eq!(site_of("//news.example.org/a"), "news.example.org");
/// assert_eq!(site_of(" El Faro "), "El Faro");
/// ```
pub fn site_of(value: &str) -> String {
    let value = value.trim();
    let after_scheme = match value.split_once("//") {
        Some((scheme, rest)) if is_scheme(scheme) => rest,
        _ => return value.to_owned(),
    };
    let authority = after_scheme.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        // An address of IPv6 holds colons itself.
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let host = host.trim_end_matches('.').to_lowercase();
    host.strip_prefix("www.").map(str::to_owned).unwrap_or(host)
}

/// `https:`, or nothing.
fn is_scheme(text: &str) -> bool {
    text.is_empty()
        || text.strip_suffix(':').is_some_and(|name| {
            let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
            name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(is_part)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_a_host_or_a_name() {
        for (value, site) in [
            ("http://example.org", "example.org"),
            ("HTTP://WWW.EXAMPLE.ORG./x", "example.org"),
            ("https://a:b@c.example:1/", "c.example"),
            ("http://[::1]:80/x", "::1"),
            ("https://www.españa.example/ñ", "españa.example"),
            ("example.org/path", "example.org/path"),
            ("see http://example.org", "see http://example.org"),
            ("http://", ""),
            ("", ""),
        ] {
            assert_eq!(site_of(value), site, "{value}");
        }
    }
}
