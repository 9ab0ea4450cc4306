//! The HTML of every page.

use crate::{site::Site, support::Engine};

#[tokio::test]
async fn every_page_has_its_snapshot() {
    // Tuesday 24 November 2026, 10:00 in Berlin.
    let engine = Engine::sqlite().stopped_at(1_795_510_800);
    let site = Site { server: engine.start(&[]).await, engine };
    let mut pages = vec![("welcome", site.browser().get("/").await)];
    let mut stranger = site.browser();
    for (name, path) in [("sign-in", "/sign-in?expired=1&next=%2Ftodos%2F1"), ("register", "/register")] {
        pages.push((name, stranger.get(path).await));
    }
    let mut ann = site.person("ann").await;
    pages.push(("empty", ann.get("/").await));
    ann.submit("/projects", &[("name", "Garden")]).await;
    for (title, due, priority, tags) in [
        ("Pay the rent", "2026-11-20", "1", "home"),
        ("Call <b>the</b> dentist", "today 16:00", "2", ""),
        ("Buy milk", "fri", "", "errand, shop&go"),
        ("Some day", "", "3", ""),
    ] {
        let fields = [("title", title), ("due", due), ("priority", priority), ("tags", tags), ("next", "/")];
        ann.submit("/todos", &fields).await;
    }
    pages.push(("list-after-a-change", ann.submit("/todos/1/complete", &[("next", "/")]).await));
    pages.push((
        "refused",
        ann.post("/todos", &[("title", ""), ("due", "someday"), ("next", "/?view=today")]).await,
    ));
    let note = [("annotation", "The line was <busy>.\r\nTwice."), ("next", "/todos/2")];
    ann.submit("/todos/2/annotations", &note).await;
    ann.submit("/todos/3/delete", &[("next", "/")]).await;
    let client = site.client(&ann);
    client.create_project("Home/Kitchen").await.unwrap();
    let gone = client.create_project("Gone").await.unwrap().value.id;
    client.delete_project(gone).await.unwrap();
    for (name, path) in [
        ("todo", "/todos/2"),
        ("todo-in-the-trash", "/todos/3"),
        ("trash", "/?view=trash"),
        ("purge", "/todos/3/purge"),
        ("empty-the-trash", "/trash/empty"),
        ("done", "/?view=done"),
        ("projects", "/projects"),
        ("account", "/account"),
        ("nothing", "/nowhere"),
    ] {
        pages.push((name, ann.get(path).await));
    }
    let mut settings = insta::Settings::clone_current();
    settings.add_filter("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[id]");
    settings.add_filter(r"-[0-9a-f]{8}\.(css|js|svg)", "-[sum].$1");
    // A project's colour comes from its id.
    settings.add_filter(r"dot c[0-5]", "dot c[0-5]");
    settings.bind(|| {
        for (name, page) in &pages {
            insta::assert_snapshot!(*name, page.text);
        }
    });
    site.server.stop().await;
}
