//! The policy table: every method there is, and who may call it.
//!
//! A method that is missing here does not exist, whatever is mounted behind it. To add one: put its line where the
//! order by path wants it; a test fails until you do.

/// Who may call a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Needs a valid token.
    Authenticated,
}

/// How a method answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseKind {
    /// Once, and before the server's deadline.
    Unary,
    /// With a stream, which may stay open.
    Stream,
}

/// A method and its policy.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// `/package.Service/Method`.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    /// How it answers.
    pub response: ResponseKind,
}

/// Returns the method of a path, if there is one.
#[must_use]
pub fn find(path: &str) -> Option<&'static Method> {
    METHODS.binary_search_by(|method| method.path.cmp(path)).ok().map(|index| &METHODS[index])
}

const fn public(path: &'static str) -> Method {
    Method { path, access: Access::Public, response: ResponseKind::Unary }
}

const fn authenticated(path: &'static str) -> Method {
    Method { path, access: Access::Authenticated, response: ResponseKind::Unary }
}

impl Method {
    const fn streaming(self) -> Self {
        Self { response: ResponseKind::Stream, ..self }
    }
}

/// In the order of the paths.
const METHODS: &[Method] = &[
    public("/grpc.health.v1.Health/Check"),
    public("/grpc.health.v1.Health/Watch").streaming(),
    public("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo").streaming(),
    public("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo").streaming(),
    authenticated("/todo.auth.v1.AuthService/ChangePassword"),
    authenticated("/todo.auth.v1.AuthService/DeleteAccount"),
    authenticated("/todo.auth.v1.AuthService/GetAccount"),
    authenticated("/todo.auth.v1.AuthService/ListSessions"),
    public("/todo.auth.v1.AuthService/Login"),
    authenticated("/todo.auth.v1.AuthService/Logout"),
    public("/todo.auth.v1.AuthService/Register"),
    authenticated("/todo.auth.v1.AuthService/RevokeSession"),
    authenticated("/todo.auth.v1.AuthService/UpdateAccount"),
    authenticated("/todo.auth.v1.AuthService/ValidateToken"),
    authenticated("/todo.v1.TodoService/BatchCreateTodos"),
    authenticated("/todo.v1.TodoService/BatchGetTodos"),
    authenticated("/todo.v1.TodoService/CompleteTodos"),
    authenticated("/todo.v1.TodoService/CountTodos"),
    authenticated("/todo.v1.TodoService/CreateProject"),
    authenticated("/todo.v1.TodoService/CreateTodo"),
    authenticated("/todo.v1.TodoService/DeleteProject"),
    authenticated("/todo.v1.TodoService/DeleteTodos"),
    authenticated("/todo.v1.TodoService/GetOperation"),
    authenticated("/todo.v1.TodoService/GetProject"),
    authenticated("/todo.v1.TodoService/GetTodo"),
    authenticated("/todo.v1.TodoService/ListOperations"),
    authenticated("/todo.v1.TodoService/ListProjects"),
    authenticated("/todo.v1.TodoService/ListTodos"),
    authenticated("/todo.v1.TodoService/MoveTodos"),
    authenticated("/todo.v1.TodoService/PurgeTodos"),
    authenticated("/todo.v1.TodoService/ReopenTodos"),
    authenticated("/todo.v1.TodoService/RestoreTodos"),
    authenticated("/todo.v1.TodoService/UndeleteProject"),
    authenticated("/todo.v1.TodoService/UndoOperation"),
    authenticated("/todo.v1.TodoService/UpdateProject"),
    authenticated("/todo.v1.TodoService/UpdateTodos"),
    authenticated("/todo.v1.TodoService/WatchChanges").streaming(),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost::Message as _;
    use prost_types::FileDescriptorSet;

    use super::*;

    /// Path and answer of every method in the encoded descriptors.
    fn methods(descriptors: &[u8]) -> Vec<(String, ResponseKind)> {
        let files = FileDescriptorSet::decode(descriptors).unwrap().file;
        let mut methods = Vec::new();
        for file in files {
            for service in &file.service {
                for method in &service.method {
                    let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                    let response =
                        if method.server_streaming() { ResponseKind::Stream } else { ResponseKind::Unary };
                    methods.push((path, response));
                }
            }
        }
        methods
    }

    fn all_methods() -> Vec<(String, ResponseKind)> {
        [
            todo_proto::FILE_DESCRIPTOR_SET,
            tonic_health::pb::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
        ]
        .into_iter()
        .flat_map(methods)
        .collect()
    }

    #[test]
    fn every_method_has_a_policy() {
        let all = all_methods();
        for (path, response) in &all {
            let method = find(path).unwrap_or_else(|| panic!("{path} is missing from the policy table"));
            assert_eq!(method.response, *response, "{path}");
        }
        let known = all.into_iter().map(|(path, _)| path).collect::<BTreeSet<_>>();
        for method in METHODS {
            assert!(known.contains(method.path), "{} does not exist", method.path);
        }
    }

    #[test]
    fn the_method_table_is_sorted() {
        assert!(METHODS.is_sorted_by(|a, b| a.path < b.path));
        assert!(find("/todo.auth.v1.AuthService/").is_none());
        assert!(find("").is_none());
    }

    #[test]
    fn only_register_and_login_are_public() {
        let public = methods(todo_proto::FILE_DESCRIPTOR_SET)
            .into_iter()
            .filter(|(path, _)| find(path).is_some_and(|method| method.access == Access::Public))
            .map(|(path, _)| path)
            .collect::<Vec<_>>();
        assert_eq!(public, ["/todo.auth.v1.AuthService/Register", "/todo.auth.v1.AuthService/Login"]);
    }
}
