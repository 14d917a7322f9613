//! A proxy that does not lead to Google, but to a server of the test's own that speaks TLS: whatever the program asks of
//! Google by way of it, the test answers. The certificates beside this file are nobody else's: a CA, and what it has
//! signed for Google's name (good for a hundred years, or expired) and for another name.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use gphotos_sim::World;

use crate::support::TestEnv;

pub(super) type Secure = StreamOwned<ServerConnection, TcpStream>;

pub(super) struct Tunnel {
    address: SocketAddr,
    /// How many have got through to the server, and so believed it.
    believed: Arc<AtomicUsize>,
}

impl Tunnel {
    /// `certificate` is the name of a file beside this one; `protocol` as in ALPN. `serve` gets every connection.
    pub(super) fn start(
        certificate: &str,
        protocol: &str,
        serve: impl Fn(Secure) + Send + Sync + 'static,
    ) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let certificate = CertificateDer::from_pem_file(file(certificate)).expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(file("server.key")).expect("a key");
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .expect("a key that fits");
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let (config, serve) = (Arc::new(config), Arc::new(serve));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let believed = Arc::new(AtomicUsize::new(0));
        let counted = believed.clone();
        // Ends with the tests.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, serve, counted) = (config.clone(), serve.clone(), counted.clone());
                std::thread::spawn(move || {
                    let Some(mut stream) = open(stream, config) else {
                        return;
                    };
                    while stream.conn.is_handshaking() {
                        if stream.conn.complete_io(&mut stream.sock).is_err() {
                            return;
                        }
                    }
                    counted.fetch_add(1, Ordering::SeqCst);
                    serve(stream);
                });
            }
        });
        Self { address, believed }
    }

    pub(super) fn believed(&self) -> usize {
        self.believed.load(Ordering::SeqCst)
    }

    /// Somebody who is signed in and goes by way of this to the Google that everybody knows.
    pub(super) fn user(&self) -> TestEnv {
        let mut env = user();
        env.set("HTTPS_PROXY", &format!("http://{}", self.address))
            .set("SSL_CERT_FILE", file("ca.pem").to_str().expect("text"));
        env
    }
}

/// Somebody who is signed in and whose library is Google's, not the simulator's.
pub(super) fn user() -> TestEnv {
    let mut env = TestEnv::signed_in(World::new());
    let secret = env.path("credentials/client_secret.json");
    let text = std::fs::read_to_string(&secret).expect("read");
    let mut said: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    // As in a file of Google's.
    let client = &mut said["installed"];
    client["auth_uri"] = "https://accounts.google.com/o/oauth2/auth".into();
    client["token_uri"] = "https://oauth2.googleapis.com/token".into();
    client["auth_provider_x509_cert_url"] = "https://www.googleapis.com/oauth2/v1/certs".into();
    std::fs::write(secret, said.to_string()).expect("written");
    let endpoint = "https://photoslibrary.googleapis.com";
    env.set("GPHOTOS_DL_LIBRARY_ENDPOINT", endpoint);
    env
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/network/tls")
        .join(name)
}

/// Answers the proxy's question and begins with TLS.
fn open(mut stream: TcpStream, config: Arc<ServerConfig>) -> Option<Secure> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.extend(byte);
    }
    assert!(head.starts_with(b"CONNECT photoslibrary.googleapis.com:443 "));
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    let connection = ServerConnection::new(config).expect("a configuration");
    Some(StreamOwned::new(connection, stream))
}
