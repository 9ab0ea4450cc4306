//! What the status codes of gRPC are called, in the words of its specification: labels of metrics, and what programs read.

/// Returns the name of a status code by its number; `UNKNOWN` for a number that the specification does not have.
///
/// ```
/// use todo_model::status_code;
///
/// assert_eq!(status_code::name(5), "NOT_FOUND");
/// ```
#[must_use]
pub const fn name(code: i32) -> &'static str {
    match code {
        0 => "OK",
        1 => "CANCELLED",
        3 => "INVALID_ARGUMENT",
        4 => "DEADLINE_EXCEEDED",
        5 => "NOT_FOUND",
        6 => "ALREADY_EXISTS",
        7 => "PERMISSION_DENIED",
        8 => "RESOURCE_EXHAUSTED",
        9 => "FAILED_PRECONDITION",
        10 => "ABORTED",
        11 => "OUT_OF_RANGE",
        12 => "UNIMPLEMENTED",
        13 => "INTERNAL",
        14 => "UNAVAILABLE",
        15 => "DATA_LOSS",
        16 => "UNAUTHENTICATED",
        _ => "UNKNOWN",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_code_of_the_specification_has_its_own_name() {
        assert_eq!((0..=16).map(name).collect::<HashSet<_>>().len(), 17);
        assert_eq!((name(2), name(-1), name(17)), ("UNKNOWN", "UNKNOWN", "UNKNOWN"));
    }
}
