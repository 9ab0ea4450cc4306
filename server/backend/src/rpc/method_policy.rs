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

/// How large the answer of a method can be, as far as memory is reserved for it before it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnswerSize {
    /// One object, or less.
    Small,
    /// As many as asked for, up to the bound of every answer.
    Large,
}

impl AnswerSize {
    /// Bytes at most.
    pub(super) const fn bytes(self) -> usize {
        match self {
            // A todo has at most 64 KiB of description, as much of extras, and some of everything else.
            Self::Small => 160 * 1024,
            Self::Large => 2 * 1024 * 1024,
        }
    }
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
    /// How large that can be.
    pub(super) answer: AnswerSize,
    /// Whether it takes a stream of messages, and not one.
    pub(super) takes_stream: bool,
}

/// Returns the method of a path, if there is one.
#[must_use]
pub fn find(path: &str) -> Option<&'static Method> {
    METHODS.binary_search_by(|method| method.path.cmp(path)).ok().map(|index| &METHODS[index])
}

const fn method(path: &'static str, access: Access) -> Method {
    let (response, answer) = (ResponseKind::Unary, AnswerSize::Small);
    Method { path, access, response, answer, takes_stream: false }
}

const fn public(path: &'static str) -> Method {
    method(path, Access::Public)
}

const fn authenticated(path: &'static str) -> Method {
    method(path, Access::Authenticated)
}

impl Method {
    const fn streaming(self) -> Self {
        Self { response: ResponseKind::Stream, ..self }
    }

    const fn taking_stream(self) -> Self {
        Self { takes_stream: true, ..self }
    }

    const fn large(self) -> Self {
        Self { answer: AnswerSize::Large, ..self }
    }
}

/// In the order of the paths.
const METHODS: &[Method] = &[
    public("/grpc.health.v1.Health/Check"),
    public("/grpc.health.v1.Health/Watch").streaming(),
    public("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo").streaming().taking_stream(),
    public("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo").streaming().taking_stream(),
    authenticated("/todo.auth.v1.AuthService/ChangePassword"),
    authenticated("/todo.auth.v1.AuthService/DeleteAccount"),
    authenticated("/todo.auth.v1.AuthService/GetAccount"),
    authenticated("/todo.auth.v1.AuthService/ListSessions").large(),
    public("/todo.auth.v1.AuthService/Login"),
    authenticated("/todo.auth.v1.AuthService/Logout"),
    public("/todo.auth.v1.AuthService/Register"),
    authenticated("/todo.auth.v1.AuthService/RevokeSession"),
    authenticated("/todo.auth.v1.AuthService/UpdateAccount"),
    authenticated("/todo.auth.v1.AuthService/ValidateToken"),
    authenticated("/todo.v1.TodoService/BatchCreateTodos").large(),
    authenticated("/todo.v1.TodoService/BatchGetTodos").large(),
    authenticated("/todo.v1.TodoService/CompleteTodos").large(),
    authenticated("/todo.v1.TodoService/CountTodos"),
    authenticated("/todo.v1.TodoService/CreateProject"),
    authenticated("/todo.v1.TodoService/CreateTodo"),
    authenticated("/todo.v1.TodoService/DeleteProject"),
    authenticated("/todo.v1.TodoService/DeleteTodos").large(),
    authenticated("/todo.v1.TodoService/GetOperation").large(),
    authenticated("/todo.v1.TodoService/GetProject"),
    authenticated("/todo.v1.TodoService/GetTodo"),
    authenticated("/todo.v1.TodoService/ListOperations").large(),
    authenticated("/todo.v1.TodoService/ListProjects").large(),
    authenticated("/todo.v1.TodoService/ListTodos").large(),
    authenticated("/todo.v1.TodoService/MoveTodos").large(),
    authenticated("/todo.v1.TodoService/PurgeTodos").large(),
    authenticated("/todo.v1.TodoService/ReopenTodos").large(),
    authenticated("/todo.v1.TodoService/RestoreTodos").large(),
    authenticated("/todo.v1.TodoService/UndeleteProject"),
    authenticated("/todo.v1.TodoService/UndoOperation").large(),
    authenticated("/todo.v1.TodoService/UpdateProject"),
    authenticated("/todo.v1.TodoService/UpdateTodos").large(),
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
