//! A client like a browser: it keeps cookies, follows redirects of forms, and sends their origin.
#![allow(dead_code, reason = "compiled into several programs, each of which uses a part")]

use std::{collections::BTreeMap, net::SocketAddr};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    HeaderMap, Method, Request, StatusCode,
    body::Incoming,
    header::{COOKIE, HOST, SET_COOKIE},
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A browser without scripts.
#[derive(Clone)]
pub(crate) struct Browser {
    address: SocketAddr,
    /// Headers of every request.
    pub(crate) headers: BTreeMap<&'static str, String>,
    pub(crate) cookies: BTreeMap<String, String>,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The value of the first field of this name in the page.
    pub(crate) fn field(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" ");
        let (_, rest) = self.text.split_once(&mark).unwrap_or_else(|| panic!("no {name} in {}", self.text));
        match rest.strip_prefix("value=\"") {
            Some(value) => value.split('"').next().unwrap().to_owned(),
            None => rest.split_once(">\n").unwrap().1.split("</textarea>").next().unwrap().to_owned(),
        }
    }

    /// The hidden fields of the form that is sent to this path, by name.
    pub(crate) fn form(&self, action: &str) -> BTreeMap<String, String> {
        let mark = format!("action=\"{action}\"");
        let (_, rest) = self.text.split_once(&mark).unwrap_or_else(|| panic!("no {action} in {}", self.text));
        let form = rest.split("</form>").next().unwrap();
        let field = |text: &str| {
            let (name, rest) = text.split_once("\" value=\"").unwrap();
            (name.to_owned(), unescaped(rest.split('"').next().unwrap()))
        };
        form.split("<input type=\"hidden\" name=\"").skip(1).map(field).collect()
    }

    /// The titles of the list on the page.
    pub(crate) fn titles(&self) -> Vec<String> {
        let rows = self.text.split("<a href=\"/todos/").skip(1);
        let title = |row: &str| {
            let (_, rest) = row.split_once("<bdi>").unwrap();
            rest.split("</bdi>").next().unwrap().to_owned()
        };
        rows.map(title).collect()
    }
}

/// The text that a page shows for this.
fn unescaped(html: &str) -> String {
    [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")]
        .iter()
        .fold(html.to_owned(), |text, (from, to)| text.replace(from, to))
}

impl Browser {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let headers = [("host", address.to_string()), ("sec-fetch-site", "same-origin".to_owned())]
            .into_iter()
            .collect();
        Self { address, headers, cookies: BTreeMap::new() }
    }

    /// The same person, with this header instead.
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut browser = self.clone();
        browser.headers.insert(name, value.to_owned());
        browser
    }

    /// The same person, without this header.
    pub(crate) fn without(&self, name: &'static str) -> Self {
        let mut browser = self.clone();
        browser.headers.remove(name);
        browser
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, String::new()).await
    }

    /// Sends a form and shows what it answers.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, path, body).await
    }

    /// Sends a form that must succeed, and returns the page it leads to.
    pub(crate) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.post(path, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}: {}", answer.text);
        let next = answer.header("location").to_owned();
        self.get(&next).await
    }

    pub(crate) async fn send(&mut self, method: Method, path: &str, body: String) -> Answer {
        let response = self.open(method, path, body).await;
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    /// Sends a request and leaves the body of the answer to be read.
    pub(crate) async fn open(
        &mut self,
        method: Method,
        path: &str,
        body: String,
    ) -> hyper::Response<Incoming> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let mut request = Request::builder().method(&method).uri(path);
        if method == Method::POST && !self.headers.contains_key("content-type") {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if !self.headers.contains_key("host") {
            request = request.header(HOST, self.address.to_string());
        }
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        let request = request.body(Full::new(Bytes::from(body))).unwrap();
        let response = sender.send_request(request).await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        response
    }
}
