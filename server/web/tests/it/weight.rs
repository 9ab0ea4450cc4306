//! The size of a page as it is sent, with all that it loads.

use std::{collections::BTreeSet, io::Read as _};

use http_body_util::BodyExt as _;
use hyper::Method;
use todo_sdk::NewTodo;

use crate::{http::Browser, site::Site};

/// Bytes of a page and everything that it loads, compressed, at most: on a slow line, the first second.
const MAX_WEIGHT: usize = 40_000;
/// Bytes of it before compression.
const MAX_SIZE: usize = 250_000;

/// A response as it was sent, and as a browser reads it.
struct Loaded {
    encoding: String,
    sent: usize,
    text: String,
}

/// Loads something as browsers do.
async fn load(browser: &mut Browser, path: &str) -> Loaded {
    let response =
        browser.with("accept-encoding", "gzip, deflate, br").open(Method::GET, path, String::new()).await;
    let encoding =
        response.headers().get("content-encoding").map_or("", |value| value.to_str().unwrap()).to_owned();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let mut text = String::new();
    match encoding.as_str() {
        "br" => brotli::Decompressor::new(&*bytes, 4096).read_to_string(&mut text).unwrap(),
        _ => (&*bytes).read_to_string(&mut text).unwrap(),
    };
    Loaded { encoding, sent: bytes.len(), text }
}

/// Fails if a page is too large. Returns it.
async fn is_light(browser: &mut Browser, path: &str) -> Loaded {
    let page = load(browser, path).await;
    assert_eq!(page.encoding, "br", "{path}");
    let assets = page.text.split("/assets/").skip(1).map(|rest| rest.split(['"', '#']).next().unwrap());
    let assets: BTreeSet<_> = assets.collect();
    assert_eq!(assets.len(), 3);
    let (mut sent, mut size) = (page.sent, page.text.len());
    for name in assets {
        let asset = load(browser, &format!("/assets/{name}")).await;
        assert_eq!(asset.encoding, "br", "{name}");
        sent += asset.sent;
        size += asset.text.len();
    }
    assert!(
        sent <= MAX_WEIGHT,
        "{path} and all that it loads are sent as {sent} bytes, {} of them its own",
        page.sent
    );
    assert!(size <= MAX_SIZE, "{path} and all that it loads are {size} bytes");
    page
}

/// Text that does not compress: words of random letters.
struct Words(u64);

impl Words {
    fn take(&mut self, characters: usize, alphabet: &[char]) -> String {
        let mut next = || {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(self.0 >> 33).unwrap()
        };
        (0..characters).map(|_| alphabet[next() % alphabet.len()]).collect()
    }
}

#[tokio::test]
async fn a_page_of_long_todos_stays_within_its_weight() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let client = site.client(&ann);
    let mut projects = Vec::new();
    for number in 0..20 {
        let name = format!("Project & co., no. {number}");
        projects.push(client.create_project(name).await.unwrap().value.id);
    }
    // Each with a title that does not compress, and with all that a row can have.
    let letters: Vec<char> = ('a'..='z').chain(['&', '<', '\'']).collect();
    let mut words = Words(1);
    for number in 0..120 {
        let title = format!("{number} {}", words.take(95, &letters));
        let tags: [String; 3] = std::array::from_fn(|_| words.take(8, &letters[..28]));
        let new = NewTodo::new(title).tags(tags).project(projects[number % projects.len()]);
        client.create_todo(new).await.unwrap();
    }
    let (mut next, mut count) = (Some("/".to_owned()), 0);
    while let Some(path) = next {
        let page = is_light(&mut ann, &path).await;
        count += page.text.matches("<a href=\"/todos/").count();
        next = page
            .text
            .split_once("rel=\"next\" href=\"")
            .map(|(_, rest)| rest.split('"').next().unwrap().replace("&#38;", "&"));
    }
    assert_eq!(count, 120, "and none is left out");
    site.server.stop().await;
}

#[tokio::test]
async fn pages_with_text_of_others_are_never_compressed() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    for path in ["/?q=guess", "/?tag=guess", "/?view=today&guess=x", "/todos/1?back=/%3Fq=guess"] {
        assert_eq!(load(&mut ann, path).await.encoding, "", "{path}");
    }
    for path in ["/", "/?view=today", "/account", "/sign-in"] {
        assert_eq!(load(&mut ann, path).await.encoding, "br", "{path}");
    }
    let mut gzip = ann.with("accept-encoding", "gzip");
    let page = gzip.open(Method::GET, "/", String::new()).await;
    assert_eq!(page.headers()["content-encoding"], "gzip");
    let mut events = ann.with("accept-encoding", "br");
    let events = events.open(Method::GET, "/events", String::new()).await;
    assert!(!events.headers().contains_key("content-encoding"), "an event waits for no other");
    site.server.stop().await;
}
