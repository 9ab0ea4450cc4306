// A client that nobody here wrote, by gRPC-web: registers, logs in, adds, lists and watches.
// Arguments: the server's URL and the contract as an encoded FileDescriptorSet.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// The packages are where `TODO_TEST_WEB` says, not beside this file.
const packages = createRequire(`${process.env.TODO_TEST_WEB}/`);
const load = (name) => import(pathToFileURL(packages.resolve(name)));
const { createFileRegistry, fromBinary } = await load("@bufbuild/protobuf");
const { FileDescriptorSetSchema } = await load("@bufbuild/protobuf/wkt");
const { Code, ConnectError, createClient } = await load("@connectrpc/connect");
const { createGrpcWebTransport } = await load("@connectrpc/connect-web");

const [url, descriptors] = process.argv.slice(2);
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptors)));
let token = "";
const authorize = (next) => (request) => {
  if (token) request.header.set("authorization", `Bearer ${token}`);
  return next(request);
};
const transport = createGrpcWebTransport({ baseUrl: url, interceptors: [authorize] });
const auth = createClient(registry.getService("auth.v1.AuthService"), transport);
const todos = createClient(registry.getService("todo.v1.TodoService"), transport);

const refusal = async (call) => {
  try {
    await call;
  } catch (error) {
    return ConnectError.from(error);
  }
  assert.fail("was not refused");
};

const who = { username: "grace", password: "nanosecond wire" };
assert.equal((await auth.register({ ...who, timeZone: "America/New_York" })).account.username, "grace");
assert.equal((await refusal(auth.login({ ...who, password: "wrong wire" }))).code, Code.Unauthenticated);
assert.equal((await refusal(todos.listTodos({}))).code, Code.Unauthenticated);
token = (await auth.login({ ...who, client: "a web page" })).token;
const { todo } = await todos.createTodo({ todo: { title: "Find the moth" } });
assert.deepEqual((await todos.listTodos({})).todos.map((each) => each.title), ["Find the moth"]);

const refused = await refusal(todos.createTodo({ todo: { title: "" } }));
assert.equal(refused.code, Code.InvalidArgument);
const details = refused.details.map((detail) => detail.type);
assert.ok(details.includes("google.rpc.BadRequest"), `details: ${details}`);

// The stream tells what there is, and then of a change while it is open.
const seen = [];
for await (const { event } of todos.watchTodos({})) {
  if (event.case === "todo") seen.push(event.value.title);
  if (event.case === "synced") await todos.updateTodo({ todo: { id: todo.id, title: "Found it" }, updateMask: { paths: ["title"] } });
  if (seen.length === 2) break;
}
assert.deepEqual(seen, ["Find the moth", "Found it"]);
// The connection of the stream would keep the process for minutes.
process.exit();
