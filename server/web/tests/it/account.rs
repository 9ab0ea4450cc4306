//! The account: signing in, settings, sessions.

use hyper::StatusCode;
use todo_sdk::{Client, Token};

use crate::{site::Site, support::PASSWORD};

#[tokio::test]
async fn the_time_zone_is_changed() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let zone = ann.submit("/account/time-zone", &[("time_zone", "asia/tokyo")]).await;
    assert_eq!(zone.field("time_zone"), "Asia/Tokyo");
    assert!(zone.text.contains("Time zone changed."), "{}", zone.text);
    let dismissed = ann.get("/account").await.text;
    assert!(
        !dismissed.contains("Time zone changed.") && zone.text.contains("class=\"close\" href=\"/account\"")
    );
    let refused = ann.post("/account/time-zone", &[("time_zone", "Mars/Olympus")]).await;
    assert_eq!(
        (refused.status, refused.field("time_zone")),
        (StatusCode::UNPROCESSABLE_ENTITY, "Mars/Olympus".into())
    );
    assert!(refused.text.contains("id=\"time_zone-error\""), "{}", refused.text);
    site.server.stop().await;
}

#[tokio::test]
async fn sessions_are_listed_and_revoked() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let mut phone = site.browser().with("user-agent", "Mozilla/5.0 (Android 14) Firefox/131.0");
    let sign_in = [("username", "ANN"), ("password", PASSWORD), ("next", "/account")];
    let account = phone.submit("/sign-in", &sign_in).await;
    assert!(account.text.contains("<bdi>Firefox on Android</bdi> <em>this one</em>"), "{}", account.text);

    let list = ann.get("/account").await;
    let revoke = list.text.split("action=\"").find(|rest| rest.contains("/revoke\"")).unwrap();
    let revoke = revoke.split('"').next().unwrap().to_owned();
    assert!(ann.submit(&revoke, &[]).await.text.contains("Session ended."));
    let gone = phone.get("/").await;
    assert_eq!(
        (gone.status, gone.header("location")),
        (StatusCode::SEE_OTHER, "/sign-in?expired=1&next=%2F")
    );
    site.server.stop().await;
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let sign_in = [("username", "ann"), ("password", PASSWORD), ("next", "/account")];
    let mut phone = site.browser();
    phone.submit("/sign-in", &sign_in).await;
    for (current, new, wrong) in
        [("nonsense", "a new password", "current_password-error"), (PASSWORD, "short", "new_password-error")]
    {
        let fields = [("current_password", current), ("new_password", new)];
        let refused = ann.post("/account/password", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains(&format!("id=\"{wrong}\"")), "{}", refused.text);
        assert!(!refused.text.contains(current) && !refused.text.contains(new), "a password is never shown");
    }
    let passwords = [("current_password", PASSWORD), ("new_password", "a new password")];
    let changed = ann.submit("/account/password", &passwords).await;
    assert!(changed.text.contains("Password changed. All other sessions have ended."), "{}", changed.text);
    assert_eq!(phone.get("/").await.header("location"), "/sign-in?expired=1&next=%2F");
    assert_eq!(phone.post("/sign-in", &sign_in).await.status, StatusCode::UNAUTHORIZED);
    let new = [("username", "ann"), ("password", "a new password"), ("next", "/")];
    assert_eq!(phone.post("/sign-in", &new).await.status, StatusCode::SEE_OTHER);
    site.server.stop().await;
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let token: Token = ann.cookies["__Host-todo"].parse().unwrap();
    let out = ann.submit("/sign-out", &[]).await;
    assert!(out.text.contains("/sign-in") && !ann.cookies.contains_key("__Host-todo"));
    let old = Client::builder()
        .endpoint(format!("http://{}", site.server.address))
        .token(token)
        .connect_lazy()
        .unwrap();
    assert!(old.account().await.unwrap_err().is_unauthenticated(), "ended on the server, too");
    site.server.stop().await;
}

#[tokio::test]
async fn deleting_an_account_needs_its_password() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let refused = ann.post("/account/delete", &[("password", "wrong password")]).await;
    assert!(refused.text.contains("id=\"delete-password-error\""), "{}", refused.text);
    let deleted = ann.submit("/account/delete", &[("password", PASSWORD)]).await;
    assert!(deleted.text.contains("/register") && deleted.text.contains("are deleted."), "{}", deleted.text);
    let sign_in = [("username", "ann"), ("password", PASSWORD), ("next", "/")];
    assert_eq!(ann.post("/sign-in", &sign_in).await.status, StatusCode::UNAUTHORIZED);
    site.server.stop().await;
}

#[tokio::test]
async fn throttled_logins_say_when_to_retry() {
    let site = Site::start(&["--login-burst", "2", "--logins-per-minute", "1"]).await;
    // Registering and one wrong password use up the burst.
    site.person("ann").await;
    let fields = [("username", "ann"), ("password", "wrong password"), ("next", "/")];
    assert_eq!(site.browser().post("/sign-in", &fields).await.status, StatusCode::UNAUTHORIZED);
    for path in ["/sign-in", "/register"] {
        let answer = site.browser().post(path, &fields).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{path}: {}", answer.text);
        let seconds: u32 = answer.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&seconds), "{path}: {seconds}");
        assert!(
            answer.text.contains(&format!("Try again in {seconds} seconds."))
                && answer.field("username") == "ann",
            "{path}"
        );
    }
    site.server.stop().await;
}
