// A client that nobody here wrote, by gRPC-web in a page of another origin: registers, logs in, adds, lists and watches.
// The page's query is the server's URL; its title becomes "done", or what went wrong.
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";

const same = (left, right) => {
  const [ours, theirs] = [JSON.stringify(left), JSON.stringify(right)];
  if (ours !== theirs) throw new Error(`${ours} is not ${theirs}`);
};

async function journey(url) {
  const contract = await (await fetch("/contract.binpb")).arrayBuffer();
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, new Uint8Array(contract)));
  let token = "";
  const authorize = (next) => (request) => {
    if (token) request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
  const transport = createGrpcWebTransport({ baseUrl: url, interceptors: [authorize] });
  const auth = createClient(registry.getService("todo.auth.v1.AuthService"), transport);
  const todos = createClient(registry.getService("todo.v1.TodoService"), transport);

  const refusal = async (call) => {
    try {
      await call;
    } catch (error) {
      return ConnectError.from(error);
    }
    throw new Error("was not refused");
  };

  const who = { username: "grace", password: "nanosecond wire" };
  same((await auth.register({ ...who, timeZone: "America/New_York" })).account.username, "grace");
  same((await refusal(auth.login({ ...who, password: "wrong wire" }))).code, Code.Unauthenticated);
  same((await refusal(todos.listTodos({}))).code, Code.Unauthenticated);
  token = (await auth.login({ ...who, client: "a web page" })).token;
  const { todo } = await todos.createTodo({ todo: { title: "Find the moth" } });
  same((await todos.listTodos({})).todos.map((each) => each.title), ["Find the moth"]);

  same(todo.number, 1);
  const batch = await todos.batchCreateTodos({ todos: [{ todo: { title: "Open the panel", parentId: "1" } }] });
  same(batch.results.map((each) => [each.number, each.title]), [[2, "Open the panel"]]);
  await todos.deleteTodos({ ids: ["2"] });
  same((await todos.purgeTodos({ ids: ["2"] })).todos.map((each) => each.number), [2]);

  const refused = await refusal(todos.createTodo({ todo: { title: "" } }));
  same(refused.code, Code.InvalidArgument);
  const details = refused.details.map((detail) => detail.type);
  same(details.includes("google.rpc.BadRequest"), true);

  // The stream tells what there is, and then of a change while it is open.
  const seen = [];
  for await (const { event } of todos.watchChanges({})) {
    if (event.case === "todo") seen.push(event.value.title);
    if (event.case === "synced") await todos.updateTodos({ ids: [todo.id], todo: { title: "Found it" }, updateMask: { paths: ["title"] } });
    if (seen.length === 2) break;
  }
  same(seen, ["Find the moth", "Found it"]);
}

journey(location.search.slice(1)).then(
  () => { document.title = "done"; },
  (error) => { document.title = String(error); },
);
