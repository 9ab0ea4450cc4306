//! The sites whose pages may call by gRPC-web.

use std::{fmt, str::FromStr};

use http::{HeaderValue, Uri};

/// A site whose pages may call this server: scheme, host and port, as browsers write it in `Origin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsOrigin(HeaderValue);

impl CorsOrigin {
    pub(crate) fn header(&self) -> &HeaderValue {
        &self.0
    }
}

impl FromStr for CorsOrigin {
    type Err = CorsOriginError;

    fn from_str(text: &str) -> Result<Self, CorsOriginError> {
        let uri: Uri = text.parse().map_err(|_| CorsOriginError)?;
        let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
        let is_whole = uri.authority().is_some_and(|authority| {
            !authority.as_str().contains('@')
                && text.ends_with(authority.as_str())
                && !authority.host().is_empty()
        });
        if !is_web || !is_whole || text != text.to_ascii_lowercase() {
            return Err(CorsOriginError);
        }
        HeaderValue::from_str(text).map(Self).map_err(|_| CorsOriginError)
    }
}

impl fmt::Display for CorsOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

/// A text that is no origin.
#[derive(Debug, thiserror::Error)]
#[error("write an origin such as https://app.example.com, in lower case, without a path")]
pub struct CorsOriginError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for text in ["https://app.example.com", "http://localhost:5173", "https://[::1]:8443"] {
            assert_eq!(text.parse::<CorsOrigin>().unwrap().to_string(), text);
        }
        for text in [
            "*",
            "null",
            "",
            "app.example.com",
            "https://",
            "https://app.example.com/",
            "https://a.example/x",
            "https://a.example?x",
            "https://u@a.example",
            "ftp://a.example",
            "HTTPS://a.example",
            "https://A.example",
        ] {
            assert!(text.parse::<CorsOrigin>().is_err(), "{text}");
        }
    }
}
