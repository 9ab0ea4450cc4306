//! Another site than the server's, for as long as a test runs.

use std::sync::Arc;

/// Serves what `content` finds under a path, its type first, on another origin for as long as the test runs. Returns its
/// host and port.
pub(crate) async fn serve_elsewhere(
    content: impl Fn(&str) -> Option<(&'static str, Vec<u8>)> + Send + Sync + 'static,
) -> String {
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let content = Arc::new(content);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let content = Arc::clone(&content);
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                let (mut request, mut line) = (String::new(), String::new());
                stream.read_line(&mut request).await?;
                while stream.read_line(&mut line).await? > 2 {
                    line.clear();
                }
                let path = request.split(' ').nth(1).unwrap_or_default();
                let (status, (kind, body)) = match content(path) {
                    Some(found) => ("200 OK", found),
                    None => ("404 Not Found", ("text/plain", Vec::new())),
                };
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
                );
                stream.write_all(head.as_bytes()).await?;
                stream.write_all(&body).await
            });
        }
    });
    // Another host than the victim's, so another site; another port of it is another origin of the same site.
    format!("127.0.0.1:{}", address.port())
}
