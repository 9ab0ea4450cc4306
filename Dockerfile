# The server in a small image: docker build -t todo-server . ; see docs/deployment.md.

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --profile dist --locked -p todo-server && cp target/dist/todo-server /todo-server

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --user-group --no-create-home --home-dir /var/lib/todo-server --shell /usr/sbin/nologin todo-server \
    && install -d -m 0700 -o todo-server -g todo-server /var/lib/todo-server
COPY --from=build /todo-server /usr/local/bin/todo-server
USER todo-server
ENV TODO_SERVER_DATA_DIR=/var/lib/todo-server TODO_SERVER_LISTEN=0.0.0.0:7878 TODO_SERVER_ADMIN_LISTEN=127.0.0.1:9878
VOLUME /var/lib/todo-server
EXPOSE 7878
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9878 && printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && test \"$status\" = 200"]
ENTRYPOINT ["/usr/local/bin/todo-server"]
