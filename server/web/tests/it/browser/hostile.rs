//! Hostile text and hostile sites.

use fantoccini::key::Key;
use serde_json::json;
use todo_sdk::{NewTodo, TodoUpdate};

use super::register;
use crate::{
    other_origin::serve_elsewhere,
    support::{Engine, PASSWORD},
    webdriver::Browser,
};

/// Texts that would run as scripts if they were not escaped.
const HOSTILE: [&str; 30] = [
    "<script>pwned = 1</script>",
    "</script><script>pwned = 1</script>",
    "<img src=x onerror=pwned=1>",
    "\"><img src=x onerror=pwned=1>",
    "'><img src=x onerror=pwned=1>",
    "\" autofocus onfocus=\"pwned=1",
    "' autofocus onfocus='pwned=1",
    "` onfocus=`pwned=1",
    "<svg onload=pwned=1>",
    "<svg/onload=pwned=1>",
    "<body onload=pwned=1>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'>",
    "<iframe src=javascript:parent.pwned=1>",
    "<a href=javascript:pwned=1>x</a>",
    "javascript:pwned=1",
    "</textarea><script>pwned = 1</script>",
    "</title><script>pwned = 1</script>",
    "</bdi></a><script>pwned = 1</script>",
    "</template><script>pwned = 1</script>",
    "</option></select><script>pwned = 1</script>",
    "<!--<script>pwned = 1</script>-->",
    "--><script>pwned = 1</script>",
    "]]><script>pwned = 1</script>",
    "&lt;script&gt;pwned = 1&lt;/script&gt;",
    "&#60;script&#62;pwned = 1&#60;/script&#62;",
    "{{ pwned = 1 }}",
    "${pwned = 1}",
    "<math><mtext></table><mglyph><style><img src onerror=pwned=1>",
    "<details open ontoggle=pwned=1>",
    "\u{202e}<style>@import url(//evil.example)</style>\u{2028}<base href=//evil.example>",
];

/// Fails if something on the page ran that was meant to be text, or became an element.
async fn is_unharmed(browser: &Browser, what: &str) {
    browser.until("document.readyState === 'complete'").await;
    let elements = "main img, main iframe, main script, main style, main math, base";
    let handlers = "[...document.querySelectorAll('*')].flatMap((e) => e.getAttributeNames()).filter((n) => n.startsWith('on'))";
    let harm =
        format!("return [typeof pwned, document.querySelectorAll('{elements}').length, {handlers}.length]");
    assert_eq!(browser.run(&harm).await, json!(["undefined", 0, 0]), "{what}");
}

/// Puts each hostile text into every text field of every form of a page, sends the form as a page without scripts
/// would, and looks at what comes back. Returns how many forms there were.
async fn attack_forms(browser: &Browser, url: &str) -> usize {
    // A form of each row is one form.
    let forms = "[...new Map([...document.forms].filter((form) => \
        form.querySelector('input:not([type]), input[type=text], input[type=search], input[type=password], textarea'))\
        .map((form) => [(form.getAttribute('action') ?? '').replace(/[0-9a-f-]{36}|[0-9]+/, 'ID'), form])).values()]";
    browser.client.goto(url).await.unwrap();
    let count = browser.run(&format!("return {forms}.length")).await.as_u64().unwrap();
    for index in 0..count {
        for text in HOSTILE {
            browser.client.goto(url).await.unwrap();
            let send = format!(
                "const form = {forms}[{index}]; window.here = true; \
                 for (const field of form.querySelectorAll('input:not([type=hidden]), textarea')) field.value = {}; \
                 HTMLFormElement.prototype.submit.call(form)",
                json!(text)
            );
            browser.run(&send).await;
            browser.until("!window.here").await;
            is_unharmed(browser, &format!("form {index} of {url} with {text}")).await;
        }
    }
    usize::try_from(count).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_input_stays_text_in_every_field() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&["--login-burst", "1000", "--failed-login-burst", "1000"]).await;
    let url = format!("http://localhost:{}", server.address.port());
    assert_eq!(attack_forms(&browser, &format!("{url}/register")).await, 1);
    assert_eq!(attack_forms(&browser, &format!("{url}/sign-in")).await, 1);
    let client = register(&browser, &server).await;
    client.create_todo("Mine").await.unwrap();
    client.create_project("Garden").await.unwrap();
    for (path, forms) in [("/", 2), ("/todos/1", 2), ("/projects", 2), ("/account", 3)] {
        assert_eq!(attack_forms(&browser, &format!("{url}{path}")).await, forms, "{path}");
    }
    browser.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stored_hostile_text_never_runs() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let url = format!("http://localhost:{}", server.address.port());
    let client = register(&browser, &server).await;
    for text in HOSTILE {
        let text: String = text.chars().filter(|c| *c != '\u{2028}').collect();
        // No level of a project's name may be empty.
        let project = client.create_project(text.replace("//", "/")).await.unwrap().value.id;
        // As much of it as a tag can hold.
        let tag: String =
            text.chars().filter(|c| !c.is_whitespace() && !matches!(c, ',' | '"' | '\'')).take(64).collect();
        let new = NewTodo::new(text.as_str()).description(text.as_str()).tag(tag).project(project);
        let todo = client.create_todo(new).await.unwrap().value.id;
        client.update_todo(todo, TodoUpdate::new().add_annotation(text.as_str())).await.unwrap();
        client.login("ann", &PASSWORD.into(), &text).await.unwrap();
    }
    let mut paths = vec!["/".to_owned(), "/projects".into(), "/account".into()];
    paths.extend((1..=HOSTILE.len()).map(|number| format!("/todos/{number}")));
    for path in paths {
        browser.client.goto(&format!("{url}{path}")).await.unwrap();
        is_unharmed(&browser, &path).await;
    }
    // Typed into the page itself, and put into it by the script.
    browser.client.goto(&url).await.unwrap();
    for text in HOSTILE {
        browser.run("window.rows = document.querySelectorAll('#list li').length").await;
        browser.type_into("#title", &text.replace('\u{2028}', "")).await;
        browser.press(&Key::Enter.to_string()).await;
        browser.until("document.querySelectorAll('#list li').length > window.rows").await;
    }
    assert_eq!(browser.run("return typeof pwned").await, "undefined");
    browser.has_no_console_errors(&[]).await;
    browser.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_other_sites_change_nothing() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let url = format!("http://localhost:{}", server.address.port());
    let client = register(&browser, &server).await;
    client.create_todo("Mine").await.unwrap();
    let before = client.operations().try_collect().await.unwrap();

    let fields = [
        ("title", "Theirs"),
        ("name", "Theirs"),
        ("time_zone", "Asia/Tokyo"),
        ("username", "eve"),
        ("password", PASSWORD),
        ("current_password", PASSWORD),
        ("new_password", "owned by eve"),
    ];
    let inputs = fields.map(|(name, value)| format!("<input name='{name}' value='{value}'>")).concat();
    let form = |(index, path): (usize, &&str)| {
        let target = format!("f{index}");
        format!(
            "<iframe name={target}></iframe><form method=post action='{url}{path}' target={target}>{inputs}</form>"
        )
    };
    let forms = crate::security::CHANGES.iter().enumerate().map(form).collect::<Vec<_>>().concat();
    let script = "
        for (const form of document.forms) form.submit();
        const body = new URLSearchParams(new FormData(document.forms[0]));
        const init = { method: 'POST', mode: 'no-cors', credentials: 'include', body };
        const tries = [...document.forms].map((form) => fetch(form.action, init));
        Promise.allSettled(tries).then(() => { document.title = 'done'; });";
    let page = format!("<!doctype html><title>A prize!</title>{forms}<script>{script}</script>");
    let elsewhere =
        serve_elsewhere(move |path| (path == "/").then(|| ("text/html", page.clone().into_bytes()))).await;
    for host in [elsewhere.clone(), elsewhere.replace("127.0.0.1", "localhost")] {
        browser.client.goto(&format!("http://{host}/")).await.unwrap();
        browser.until("document.title === 'done'").await;
    }
    // The requests of the frames have been answered, too: the browser sends those to one host in order.
    browser.client.goto(&url).await.unwrap();
    browser.until_titles(&["Mine"]).await;
    assert_eq!(client.operations().try_collect().await.unwrap(), before);
    let account = client.account().await.unwrap();
    assert_ne!(account.time_zone, "Asia/Tokyo");
    assert!(client.login("ann", &PASSWORD.into(), "still").await.is_ok(), "the password is the old one");
    assert!(client.login("eve", &PASSWORD.into(), "nobody").await.is_err());
    browser.close().await;
    server.stop().await;
}
