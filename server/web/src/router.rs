//! Which page answers which address, and what every request passes on the way to it.

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
    routing::{get, post},
};

use crate::{
    compression::{self, Uncompressed, may_show_text_of_others},
    error::Problem,
    pages::{account, annotations, asset, list, projects, register, sign_in, todo, trash},
    recovery, security, sse,
    state::AppState,
};

/// Returns the routes, and around them, from the innermost to the outermost: forms are read, and kept where no page can be
/// made; the connection and the origin are checked; the headers are set; pages are compressed.
pub(crate) fn router(state: AppState) -> Router {
    Router::new()
        .route("/", get(list::show))
        .route("/register", get(register::show).post(register::register))
        .route("/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/todos", post(list::add))
        .route("/todos/{number}", get(todo::show).post(todo::save))
        .route("/todos/{number}/complete", post(todo::complete))
        .route("/todos/{number}/reopen", post(todo::reopen))
        .route("/todos/{number}/delete", post(todo::delete))
        .route("/todos/{number}/restore", post(todo::restore))
        .route("/todos/{number}/purge", get(trash::ask_to_purge).post(trash::purge))
        .route("/todos/{number}/annotations", post(annotations::add))
        .route("/todos/{number}/annotations/remove", post(annotations::remove))
        .route("/trash/empty", get(trash::ask_to_empty).post(trash::empty))
        .route("/undo", post(todo::undo))
        .route("/projects", get(projects::show).post(projects::add))
        .route("/projects/{id}", post(projects::rename))
        .route("/projects/{id}/delete", post(projects::delete))
        .route("/projects/{id}/undelete", post(projects::undelete))
        .route("/account", get(account::show))
        .route("/account/time-zone", post(account::set_time_zone))
        .route("/account/password", post(account::change_password))
        .route("/account/sessions/{id}/revoke", post(account::revoke_session))
        .route("/account/delete", post(account::delete))
        .route("/events", get(sse::events))
        .route("/assets/{name}", get(asset::show))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(from_fn(recovery::recover))
        .layer(from_fn_with_state(state.clone(), security::check))
        .layer(security::headers())
        .layer(security::no_store())
        .layer(from_fn(mark_uncompressed))
        .layer(compression::layer())
        .with_state(state)
}

/// Marks the pages that must not be compressed.
async fn mark_uncompressed(request: Request, next: Next) -> Response {
    let is_marked = may_show_text_of_others(request.headers(), request.uri());
    let mut response = next.run(request).await;
    if is_marked {
        response.extensions_mut().insert(Uncompressed);
    }
    response
}
