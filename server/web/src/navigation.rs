//! The column beside the pages of somebody signed in.

use todo_sdk::Project;

use crate::{
    list_query::ListQuery,
    request_context::RequestContext,
    view_models::{Nav, NavLink},
};

/// Name, address, icon. The icon has the name of the view.
const LISTS: [(&str, &str, &str); 6] = [
    ("Open", "/", "open"),
    ("Today", "/?view=today", "today"),
    ("Upcoming", "/?view=upcoming", "upcoming"),
    ("Overdue", "/?view=overdue", "overdue"),
    ("Done", "/?view=done", "done"),
    ("Trash", "/?view=trash", "trash"),
];

/// Returns the column. `current` is the page that is no list: `projects` or `account`.
pub(crate) fn nav(context: &RequestContext, current: &'static str, projects: &[Project]) -> Nav {
    let query: ListQuery = context.query();
    let is_list = context.here.split('?').next() == Some("/");
    let view = if query.view.is_empty() { "open" } else { &query.view };
    let is_plain = query.project.is_empty() && query.tag.is_none() && query.q.is_none();
    let lists = LISTS.into_iter().map(|(name, href, icon)| NavLink {
        name: name.to_owned(),
        href: href.to_owned(),
        icon,
        is_current: is_list && is_plain && icon == view,
    });
    let projects = projects.iter().map(|project| {
        let id = project.id.to_string();
        NavLink {
            name: project.name.clone(),
            href: format!("/?project={id}"),
            icon: if project.inbox { "inbox" } else { "project" },
            is_current: is_list && id == query.project,
        }
    });
    Nav { lists: lists.collect(), projects: projects.collect(), current }
}
