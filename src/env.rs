//! Every environment variable that this program reads itself. (`SSL_CERT_FILE`, `HTTPS_PROXY` and `NO_PROXY` are read by
//! the HTTP library, `NO_COLOR` by the output, `BROWSER` by whatever opens the browser, all in the customary way.)

/// The root folder, as `--root`.
pub(crate) const ROOT: &str = "GPHOTOS_DL_ROOT";
/// Replaces `https://photoslibrary.googleapis.com`; written without `/v1`. Plain `http` only for a loopback address.
pub(crate) const LIBRARY_ENDPOINT: &str = "GPHOTOS_DL_LIBRARY_ENDPOINT";
/// Replaces `https://photospicker.googleapis.com`, in the same way.
pub(crate) const PICKER_ENDPOINT: &str = "GPHOTOS_DL_PICKER_ENDPOINT";
/// Seconds without a byte after which a transfer is given up and tried again; 60 by default.
pub(crate) const IDLE_TIMEOUT: &str = "GPHOTOS_DL_IDLE_TIMEOUT";
/// Seconds for a whole answer of the API or of the sign-in service; 60 by default.
pub(crate) const API_TIMEOUT: &str = "GPHOTOS_DL_API_TIMEOUT";
/// What `-v` logs, in the form `gphotos_dl=trace`.
pub(crate) const LOG: &str = "RUST_LOG";
/// For tests only: `offset=SECONDS,waits=FACTOR,batch=COUNT` moves *now*, shortens waits between attempts and commits.
pub(crate) const TEST_CLOCK: &str = "GPHOTOS_DL_TEST_CLOCK";
