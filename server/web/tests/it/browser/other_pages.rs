//! All pages but the list, with scripts and without.

use fantoccini::Locator;

use super::register;
use crate::{
    support::{Engine, PASSWORD},
    webdriver::{Browser, until_text},
};

/// Makes every change on the other pages, with one todo in the list, "Buy milk" for tomorrow, and then deletes the
/// account. The pages show the same with and without scripts.
async fn use_the_other_pages(browser: &Browser) {
    // One todo: described, deleted, looked at in the trash, restored.
    browser.click("#list li > a").await;
    until_text(browser, ".crumbs", "Back").await;
    browser.type_into("#description", "Oat, if there is any").await;
    browser.click("form.fields .button").await;
    until_text(browser, ".notice", "Saved Buy milk").await;
    until_text(browser, "#description", "Oat").await;
    browser.type_into("#annotation", "The shop was closed").await;
    browser.click("form[action='/todos/1/annotations'] .button").await;
    until_text(browser, ".things .text", "The shop was closed").await;
    browser.click("form.actions .danger").await;
    until_text(browser, ".banner", "In the trash").await;
    browser.click("nav a[href='/?view=trash']").await;
    until_text(browser, "h1", "Trash").await;
    browser.click("#list .rows button").await;
    until_text(browser, ".notice", "Restored Buy milk").await;
    browser.click("nav a[href='/?view=upcoming']").await;
    until_text(browser, "#list li > a", "Buy milk").await;

    browser.click("nav a[href='/projects']").await;
    until_text(browser, "h1", "Projects").await;
    browser.type_into("#name", "Garden").await;
    browser.click(".line button").await;
    until_text(browser, ".things", "Garden").await;
    browser.click(".things summary").await;
    browser.type_into(".things [name=name]", "Terrace").await;
    browser.click(".things .button:not(.danger)").await;
    until_text(browser, ".notice", "Renamed Terrace").await;

    browser.click(".things summary").await;
    browser.click(".things .button.danger").await;
    until_text(browser, ".notice", "Deleted Terrace").await;
    browser.click("form[action$='/undelete'] .button").await;
    until_text(browser, ".notice", "Brought back Terrace").await;

    // Two questions: one that is not answered, and one that is.
    browser.click("nav a[href='/?view=upcoming']").await;
    browser.click("#list li > a").await;
    until_text(browser, ".crumbs", "Back").await;
    browser.click("form.actions .danger").await;
    until_text(browser, ".banner", "In the trash").await;
    browser.click(".crumbs a.danger").await;
    until_text(browser, "h1", "Delete this todo for good?").await;
    browser.click("#main a.button").await;
    until_text(browser, ".banner", "In the trash").await;
    browser.click("nav a[href='/?view=trash']").await;
    until_text(browser, "h1", "Trash").await;
    browser.click("#main a.danger").await;
    until_text(browser, "h1", "Empty the trash?").await;
    browser.click("#main .button.danger").await;
    until_text(browser, ".notice", "The trash is empty").await;
    browser.click("nav a[href='/']").await;
    browser.type_into("#title", "Buy milk").await;
    browser.type_into("#due", "tomorrow").await;
    browser.click(".add .button").await;
    until_text(browser, "#list li > a", "Buy milk").await;

    browser.click("header a[href='/account']").await;
    until_text(browser, "h1", "Account").await;
    browser.type_into("#time_zone", "Asia/Tokyo").await;
    browser.click("form[action='/account/time-zone'] .button").await;
    until_text(browser, ".notice", "Time zone changed").await;
    browser.click(".things .button").await;
    until_text(browser, ".notice", "Session ended").await;
    browser.type_into("#current_password", PASSWORD).await;
    browser.type_into("#new_password", "a new one, and longer").await;
    browser.click("form[action='/account/password'] .button").await;
    until_text(browser, ".notice", "Password changed").await;

    browser.click("header form button").await;
    until_text(browser, "h1", "Everything you have to do").await;
    browser.click("header a[href='/sign-in']").await;
    browser.type_into("#username", "ann").await;
    browser.type_into("#password", "a new one, and longer").await;
    browser.click("form.card button").await;
    until_text(browser, "#list li > a", "Buy milk").await;
    browser.click("header a[href='/account']").await;
    browser.type_into("#delete-password", "a new one, and longer").await;
    browser.click(".end .button").await;
    until_text(browser, "h1", "Everything you have to do").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_pages_work_with_scripts() {
    let Some(browser) = Browser::start().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    register(&browser, &server).await;
    browser.type_into("#title", "Buy milk").await;
    browser.type_into("#due", "tomorrow").await;
    browser.click(".line button").await;
    until_text(&browser, "#list li > a", "Buy milk").await;
    use_the_other_pages(&browser).await;
    browser.has_no_console_errors(&[]).await;
    browser.close().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_works_without_scripts() {
    let Some(browser) = Browser::start_without_scripts().await else { return };
    let engine = Engine::sqlite();
    let server = engine.start(&[]).await;
    let url = format!("http://localhost:{}", server.address.port());
    browser.client.goto(&url).await.unwrap();
    browser.follow("a[href='/register']").await;
    browser.type_into("#username", "ann").await;
    browser.type_into("#password", PASSWORD).await;
    assert_eq!(
        browser.client.find(Locator::Css("#time_zone")).await.unwrap().prop("value").await.unwrap().unwrap(),
        "",
        "no script ran"
    );
    browser.follow("form.card button").await;
    browser.type_into("#title", "Buy milk").await;
    browser.type_into("#due", "someday").await;
    browser.follow(".line button").await;
    until_text(&browser, "#due-error", "someday").await;
    browser.type_into("#due", "tomorrow").await;
    browser.follow(".line button").await;
    until_text(&browser, "#list li > a", "Buy milk").await;
    until_text(&browser, "#list h2", "Tomorrow").await;
    browser.follow("#list .rows button").await;
    until_text(&browser, ".notice", "Completed Buy milk").await;
    browser.follow(".notice button").await;
    // A second session, to be revoked.
    let elsewhere = todo_sdk::Client::connect(url).await.unwrap();
    elsewhere.login("ann", &PASSWORD.into(), "elsewhere").await.unwrap();
    use_the_other_pages(&browser).await;
    browser.close().await;
    server.stop().await;
}
