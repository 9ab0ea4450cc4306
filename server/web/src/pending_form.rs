//! Forms that could not be handled when they were sent, because the session had ended or a backend was away: what of them
//! may stand in a page until they are sent again. Only fields that are named here are kept, and no password is.

use serde::de::DeserializeOwned;

use crate::{
    form_data::FormData,
    urls::{local_path, segments},
};

/// The hidden field of a sign-in that says where the form had been sent to.
const ACTION: &str = "pending_action";
/// The hidden field of a sign-in that holds the form.
const FORM: &str = "pending_form";

/// A form, and where it was sent to.
#[derive(Clone, Debug)]
pub(crate) struct PendingForm {
    /// The path of a route that takes forms.
    pub(crate) action: String,
    pub(crate) form: FormData,
}

impl PendingForm {
    /// Returns what may be kept of a form that was sent to this path; `None` where it has a password, or is none of ours. What a
    /// sign-in carries is kept, but nothing of the sign-in itself.
    pub(crate) fn of(path: &str, form: &FormData) -> Option<Self> {
        if path == "/sign-in" {
            return Self::carried_by(form.get(ACTION), form.get(FORM));
        }
        let kept = kept_fields(path)?;
        Some(Self { action: path.to_owned(), form: form.only(kept) })
    }

    /// Returns the form that a sign-in had interrupted, from the hidden fields that carry it.
    pub(crate) fn carried_by(action: &str, form: &str) -> Option<Self> {
        if action == "/sign-in" {
            return None;
        }
        Self::of(action, &FormData::parse(form.as_bytes()))
    }

    /// Returns the hidden fields with which a sign-in carries it.
    pub(crate) fn hidden_fields(&self) -> Vec<(&'static str, String)> {
        vec![(ACTION, self.action.clone()), (FORM, self.form.encode())]
    }

    /// Reads the fields that the struct of its page has.
    pub(crate) fn fields<T: DeserializeOwned + Default>(&self) -> T {
        self.form.read()
    }

    /// Whether it holds typed input, and there is a page that shows it again. The others are a press of a button.
    pub(crate) fn is_typed(&self) -> bool {
        ["title", "name", "annotation", "time_zone"].iter().any(|field| self.form.has(field))
    }
}

/// Returns the page whose form is sent to this path: the one it names, or the one that has it.
pub(crate) fn page_of(path: &str, form: &FormData) -> String {
    if form.has("next") {
        return local_path(form.get("next")).to_owned();
    }
    let page = match segments(path)[..] {
        ["trash", ..] => "/?view=trash".to_owned(),
        ["todos", number, ..] => format!("/todos/{number}"),
        [page @ ("projects" | "account" | "register" | "sign-in"), ..] => format!("/{page}"),
        _ => "/".to_owned(),
    };
    local_path(&page).to_owned()
}

/// The fields of the form that is sent to this path, beside its request id.
fn kept_fields(path: &str) -> Option<&'static [&'static str]> {
    if local_path(path) != path {
        return None;
    }
    Some(match segments(path)[..] {
        ["todos"] => &["title", "due", "priority", "tags", "project", "zone", "next"],
        ["todos", _] => {
            &["id", "title", "description", "due", "priority", "tags", "project", "zone", "revision", "next"]
        }
        ["todos", _, "complete" | "reopen" | "delete" | "restore"] => &["id", "next"],
        ["todos", _, "purge"] => &["id"],
        ["todos", _, "annotations"] => &["id", "annotation", "next"],
        ["todos", _, "annotations", "remove"] => &["id", "annotation_id", "next"],
        ["undo"] => &["operation", "next"],
        ["projects"] | ["projects", _] => &["name"],
        ["projects", _, "delete" | "undelete"]
        | ["account", "sessions", _, "revoke"]
        | ["sign-out"]
        | ["trash", "empty"] => &[],
        ["account", "time-zone"] => &["time_zone"],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> FormData {
        FormData::parse(text.as_bytes())
    }

    #[test]
    fn only_named_fields_are_kept() {
        let sent =
            form("title=a&name=b&time_zone=c&password=d&current_password=e&new_password=f&x=g&request_id=h");
        for (path, kept) in [
            ("/todos", Some("request_id=h&title=a")),
            ("/todos/1", Some("request_id=h&title=a")),
            ("/todos/1/complete", Some("request_id=h")),
            ("/todos/1/annotations", Some("request_id=h")),
            ("/todos/1/purge", Some("request_id=h")),
            ("/trash/empty", Some("request_id=h")),
            ("/projects", Some("name=b&request_id=h")),
            ("/projects/x", Some("name=b&request_id=h")),
            ("/projects/x/delete", Some("request_id=h")),
            ("/account/time-zone", Some("request_id=h&time_zone=c")),
            ("/account/sessions/x/revoke", Some("request_id=h")),
            ("/account/password", None),
            ("/account/delete", None),
            ("/register", None),
            ("/sign-in", None),
            ("//todos", None),
            ("/todos/\\evil.example", None),
            ("https://evil.example/todos", None),
            ("/nowhere", None),
        ] {
            assert_eq!(
                PendingForm::of(path, &sent).map(|pending| pending.form.encode()).as_deref(),
                kept,
                "{path}"
            );
        }
    }

    #[test]
    fn a_pending_form_excludes_the_sign_in_fields() {
        let sign_in =
            form("username=ann&password=p&pending_action=%2Ftodos&pending_form=title%3Da%26password%3Dp");
        let pending = PendingForm::of("/sign-in", &sign_in).unwrap();
        assert_eq!((&*pending.action, &*pending.form.encode()), ("/todos", "title=a"));
        let nested = form("pending_action=%2Fsign-in&pending_form=pending_action%3D%252Fsign-in");
        assert!(PendingForm::of("/sign-in", &nested).is_none());
        assert!(
            PendingForm::of(
                "/sign-in",
                &form("pending_action=%2Faccount%2Fdelete&pending_form=password%3Dp")
            )
            .is_none()
        );
    }

    #[test]
    fn every_form_leads_back_to_its_page() {
        for (path, fields, page) in [
            ("/todos", "next=%2F%3Fq%3Dx", "/?q=x"),
            ("/todos", "next=%2F%2Fevil.example", "/"),
            ("/todos/1/complete", "", "/todos/1"),
            ("/undo", "", "/"),
            ("/projects/x/delete", "", "/projects"),
            ("/trash/empty", "", "/?view=trash"),
            ("/account/password", "", "/account"),
            ("/register", "", "/register"),
        ] {
            assert_eq!(page_of(path, &form(fields)), page, "{path}");
        }
    }
}
