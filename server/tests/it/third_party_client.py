"""A client of Todo that shares no code with it: grpcio, with stubs made from the .proto files on the spot.

Usage: third_party_client.py HOST:PORT PROTO_DIRECTORY. Exits with 0 if everything was as the contract says.
"""

import pathlib
import sys
import tempfile
import uuid

import grpc
import grpc_tools
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status
from grpc_tools import protoc

DEADLINE = 20  # seconds, for every call


def generate_stubs(proto_directory, output):
    """Compiles the contract with protoc and makes the result importable."""
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    arguments = ["protoc", f"-I{proto_directory}", f"-I{well_known}"]
    arguments += [f"--python_out={output}", f"--grpc_python_out={output}"]
    assert protoc.main(arguments + ["todo/auth/v1/auth.proto", "todo/v1/todo.proto"]) == 0
    sys.path.insert(0, output)


KINDS_OF_DETAILS = (
    error_details_pb2.BadRequest,
    error_details_pb2.ErrorInfo,
    error_details_pb2.ResourceInfo,
    error_details_pb2.RetryInfo,
)


def refusal(call):
    """Returns the code and the details, by type, of a call that must fail."""
    try:
        call()
    except grpc.RpcError as error:
        details = {}
        for detail in rpc_status.from_call(error).details:
            for kind in KINDS_OF_DETAILS:
                if detail.Is(kind.DESCRIPTOR):
                    details[kind] = kind.FromString(detail.value)
        return error.code(), details
    raise AssertionError("the call was not refused")


def check_health(channel):
    health = health_pb2_grpc.HealthStub(channel)
    for service in ["", "todo.auth.v1.AuthService", "todo.v1.TodoService"]:
        answer = health.Check(health_pb2.HealthCheckRequest(service=service), timeout=DEADLINE)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING, service


def check_reflection(channel):
    database = ProtoReflectionDescriptorDatabase(channel)
    services = set(database.get_services())
    assert {"todo.auth.v1.AuthService", "todo.v1.TodoService", "grpc.health.v1.Health"} <= services, services
    contract = database.FindFileContainingSymbol("todo.v1.TodoService")
    methods = [method.name for method in contract.service[0].method]
    assert "WatchChanges" in methods, methods


def check_accounts(channel):
    """Registers and logs in. Returns the metadata of the new session."""
    from todo.auth.v1 import auth_pb2, auth_pb2_grpc

    auth = auth_pb2_grpc.AuthServiceStub(channel)
    good = auth_pb2.RegisterRequest(
        username="Guido", password="spam, eggs and ham", time_zone="Europe/Amsterdam", request_id=str(uuid.uuid4())
    )
    account = auth.Register(good, timeout=DEADLINE).account
    assert account.username == "Guido" and account.time_zone == "Europe/Amsterdam"
    assert auth.Register(good, timeout=DEADLINE).account == account, "a repeat answers the same"

    short = auth_pb2.RegisterRequest(username="no spaces", password="short")
    code, details = refusal(lambda: auth.Register(short, timeout=DEADLINE))
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    fields = {violation.field for violation in details[error_details_pb2.BadRequest].field_violations}
    assert fields == {"username", "password"}, fields
    assert details[error_details_pb2.ErrorInfo].domain == "todo"

    taken = auth_pb2.RegisterRequest(username="GUIDO", password="spam, eggs and ham")
    assert refusal(lambda: auth.Register(taken, timeout=DEADLINE))[0] == grpc.StatusCode.ALREADY_EXISTS

    wrong = auth_pb2.LoginRequest(username="guido", password="spam, eggs and jam")
    assert refusal(lambda: auth.Login(wrong, timeout=DEADLINE))[0] == grpc.StatusCode.UNAUTHENTICATED
    login = auth_pb2.LoginRequest(username="guido", password="spam, eggs and ham", client="grpcio")
    session = auth.Login(login, timeout=DEADLINE)
    assert session.token.startswith("tdos_") and session.account == account

    metadata = [("authorization", f"Bearer {session.token}")]
    sessions = auth.ListSessions(auth_pb2.ListSessionsRequest(), metadata=metadata, timeout=DEADLINE).sessions
    assert [(one.client, one.current) for one in sessions] == [("grpcio", True)]
    return metadata


def check_todos(channel, metadata):
    from google.protobuf import field_mask_pb2
    from todo.v1 import todo_pb2, todo_pb2_grpc

    todos = todo_pb2_grpc.TodoServiceStub(channel)
    signed = {"metadata": metadata, "timeout": DEADLINE}

    code, _ = refusal(lambda: todos.ListTodos(todo_pb2.ListTodosRequest(), timeout=DEADLINE))
    assert code == grpc.StatusCode.UNAUTHENTICATED

    dues = [
        todo_pb2.Due(date="2026-12-24"),
        todo_pb2.Due(local="2026-12-24T18:00:00"),
        todo_pb2.Due(zoned=todo_pb2.ZonedDateTime(date_time="2026-12-24T18:00:00", time_zone="Europe/Amsterdam")),
    ]
    created = []
    for due in dues:
        wish = todo_pb2.Todo(title="Light the candles", due=due, priority=todo_pb2.PRIORITY_P1, tags=["home"])
        request = todo_pb2.CreateTodoRequest(todo=wish, request_id=str(uuid.uuid4()))
        answer = todos.CreateTodo(request, **signed)
        assert answer == todos.CreateTodo(request, **signed), "a repeat answers the same"
        assert answer.todo.due == due and list(answer.todo.tags) == ["home"]
        created.append(answer.todo)
    assert [todo.number for todo in created] == [1, 2, 3]

    first = todos.ListTodos(todo_pb2.ListTodosRequest(page_size=2), **signed)
    rest = todos.ListTodos(todo_pb2.ListTodosRequest(page_size=2, page_token=first.next_page_token), **signed)
    listed = list(first.todos) + list(rest.todos)
    assert [todo.id for todo in listed] == [todo.id for todo in created] and not rest.next_page_token
    several = todos.BatchGetTodos(todo_pb2.BatchGetTodosRequest(ids=["3", created[0].id, "1"]), **signed).results
    assert [result.todo for result in several] == [created[2], created[0]]

    update = todo_pb2.UpdateTodosRequest(
        ids=[created[0].id],
        todo=todo_pb2.Todo(title="Blow them out"),
        view=todo_pb2.TODO_VIEW_FULL,
        update_mask=field_mask_pb2.FieldMask(paths=["title", "due"]),
        expected_revision=created[0].revision,
        request_id=str(uuid.uuid4()),
    )
    changed = todos.UpdateTodos(update, **signed).results[0].todo
    assert changed.title == "Blow them out" and not changed.HasField("due")
    update.request_id = str(uuid.uuid4())
    assert refusal(lambda: todos.UpdateTodos(update, **signed))[0] == grpc.StatusCode.ABORTED

    unknown = todo_pb2.CompleteTodosRequest(ids=[created[0].id, str(uuid.uuid4())])
    code, details = refusal(lambda: todos.CompleteTodos(unknown, **signed))
    assert code == grpc.StatusCode.NOT_FOUND
    assert details[error_details_pb2.ResourceInfo].resource_name == unknown.ids[1]

    watch = todos.WatchChanges(todo_pb2.WatchChangesRequest(), metadata=metadata, timeout=DEADLINE)
    known = {}
    for event in watch:
        if event.WhichOneof("event") == "todo":
            known[event.todo.id] = event.todo
        if event.WhichOneof("event") == "synced":
            break
    assert known == {todo.id: todo for todo in [changed] + created[1:]}

    complete = todo_pb2.CompleteTodosRequest(ids=[str(created[1].number)], view=todo_pb2.TODO_VIEW_FULL)
    done = todos.CompleteTodos(complete, **signed)
    completed = done.results[0].todo
    assert completed.status == todo_pb2.TODO_STATUS_COMPLETED and completed.HasField("complete_time")
    news = next(event for event in watch if event.WhichOneof("event") == "todo")
    assert news.todo == completed and news.operation.id == done.operation_id, news
    watch.cancel()

    undo = todo_pb2.UndoOperationRequest(operation_id=done.operation_id, view=todo_pb2.TODO_VIEW_BASIC)
    undone = todos.UndoOperation(undo, **signed)
    assert undone.results[0].todo.status == todo_pb2.TODO_STATUS_NEEDS_ACTION
    redo = todo_pb2.UndoOperationRequest(own=todo_pb2.OWN_OPERATION_NEWEST_UNDO, view=todo_pb2.TODO_VIEW_BASIC)
    assert todos.UndoOperation(redo, **signed).results[0].todo.status == todo_pb2.TODO_STATUS_COMPLETED
    assert refusal(lambda: todos.UndoOperation(todo_pb2.UndoOperationRequest(), **signed))[0] == (
        grpc.StatusCode.INVALID_ARGUMENT
    )

    of_todo = todo_pb2.ListOperationsRequest(todo_id=str(created[0].number))
    operation = todos.ListOperations(of_todo, **signed).operations[0]
    values = {each.field: (each.before.string_value, each.after.string_value) for each in operation.todos[0].fields}
    assert values["title"] == (created[0].title, "Blow them out"), values
    whole = todos.GetOperation(todo_pb2.GetOperationRequest(id=operation.id), **signed).operation
    assert whole.todos == operation.todos and whole.actor.client, whole

    nameless = todo_pb2.CreateTodoRequest(todo=todo_pb2.Todo(title="  "))
    code, details = refusal(lambda: todos.CreateTodo(nameless, **signed))
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    violations = details[error_details_pb2.BadRequest].field_violations
    assert [violation.field for violation in violations] == ["todo.title"]


def check_many(channel, metadata):
    """What changes many todos at once, on the three that are there."""
    from todo.v1 import todo_pb2, todo_pb2_grpc

    todos = todo_pb2_grpc.TodoServiceStub(channel)
    signed = {"metadata": metadata, "timeout": DEADLINE}

    garden = todos.CreateProject(todo_pb2.CreateProjectRequest(project=todo_pb2.Project(name="Home/Garden")), **signed)
    names = ["Dig", "Sow", "Water"]
    new = [todo_pb2.NewTodo(todo=todo_pb2.Todo(title=name, project_id=garden.project.id)) for name in names]
    getattr(new[2], "import").references.add(source="paper", external_id="page 7")
    batch = todo_pb2.BatchCreateTodosRequest(todos=new, group_id=str(uuid.uuid4()))
    added = todos.BatchCreateTodos(batch, **signed).results
    assert [(result.number, result.title) for result in added] == [(4, "Dig"), (5, "Sow"), (6, "Water")]

    numbers = [str(result.number) for result in added]
    change = todo_pb2.UpdateTodosRequest(ids=numbers, add_tags=["spring"], add_annotations=["Not too early."])
    trial = todo_pb2.UpdateTodosRequest(validate_only=True)
    trial.MergeFrom(change)
    todos.UpdateTodos(trial, **signed)
    dig = todos.GetTodo(todo_pb2.GetTodoRequest(id="4"), **signed).todo
    assert not dig.tags and not dig.annotations
    todos.UpdateTodos(change, **signed)
    dig = todos.GetTodo(todo_pb2.GetTodoRequest(id="4"), **signed).todo
    assert list(dig.tags) == ["spring"] and dig.annotations[0].text == "Not too early."

    todos.MoveTodos(todo_pb2.MoveTodosRequest(ids=["6"], before="4"), **signed)
    results = todos.BatchGetTodos(todo_pb2.BatchGetTodosRequest(ids=numbers), **signed).results
    assert sorted(results, key=lambda result: result.todo.position)[0].number == 6

    counted = todos.CountTodos(todo_pb2.CountTodosRequest(filter="@spring"), **signed)
    assert counted.count == 3 and not counted.at_least
    by_filter = todo_pb2.DeleteTodosRequest(filter="@spring", view=todo_pb2.TODO_VIEW_BASIC)
    deleted = todos.DeleteTodos(by_filter, **signed).results
    assert sorted(result.number for result in deleted) == [4, 5, 6] and deleted[0].todo.HasField("delete_time")
    todos.RestoreTodos(todo_pb2.RestoreTodosRequest(ids=["4", "5"]), **signed)
    purged = todos.PurgeTodos(todo_pb2.PurgeTodosRequest(ids=["6", "77"], allow_missing=True), **signed).todos
    assert [todo.number for todo in purged] == [6]
    assert refusal(lambda: todos.GetTodo(todo_pb2.GetTodoRequest(id="6"), **signed))[0] == grpc.StatusCode.NOT_FOUND

    gone = todos.DeleteProject(todo_pb2.DeleteProjectRequest(id=garden.project.id), **signed)
    assert gone.deleted_todos == 2
    back = todos.UndeleteProject(todo_pb2.UndeleteProjectRequest(id=garden.project.id), **signed)
    assert back.undeleted_todos == 2 and back.project.name == "Home/Garden"


def main():
    address, proto_directory = sys.argv[1:]
    with tempfile.TemporaryDirectory() as stubs, grpc.insecure_channel(address) as channel:
        generate_stubs(proto_directory, stubs)
        check_health(channel)
        check_reflection(channel)
        metadata = check_accounts(channel)
        check_todos(channel, metadata)
        check_many(channel, metadata)


main()
