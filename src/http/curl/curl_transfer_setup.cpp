// What CurlTransfer sets on its handle.

#include <filesystem>
#include <new>

#include <openssl/ssl.h>
#include <spdlog/spdlog.h>

#include "http/curl/curl_engine.hpp"
#include "http/curl/curl_headers.hpp"
#include "http/curl/curl_transfer.hpp"

namespace cppworker::http {

namespace {

/// libcurl asks once for so much of an answer, and then waits for the next event. A transfer under
/// way has a buffer of that size; what no answer has filled is no memory.
constexpr long kReceivedAtOnce = 32L * 1024;

const char* or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

/// Whether libcurl's TLS is OpenSSL, not some other library.
bool uses_openssl() {
  static const bool uses =
      std::string_view(curl_version_info(CURLVERSION_NOW)->ssl_version).starts_with("OpenSSL/");
  return uses;
}

long curl_version(HttpVersion version) {
  return version == HttpVersion::kHttp2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1;
}

}  // namespace

/// Handles that keep TLS sessions in shares and those without any are not mixed: libcurl 7.88 loses
/// the memory of a handle's own sessions when it is given a share's.
void CurlTransfer::prepare_handle() {
  const bool with_tls = request.url->https() || request.transport.may_have_proxy();
  static_cast<void>(share_->get(with_tls));
  const bool keeps_tls_sessions = share_->keeps_tls_sessions();
  if (easy_ != nullptr && keeps_tls_sessions != keeps_tls_sessions_) {
    forget_easy();
  }
  if (easy_ == nullptr) {
    keeps_tls_sessions_ = keeps_tls_sessions;
    make_easy();
  }
}

void CurlTransfer::make_easy() {
  easy_.reset(curl_easy_init());
  CURL* easy = easy_.get();
  if (easy == nullptr) {
    throw std::bad_alloc();
  }
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_buffer_.data());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kReceivedAtOnce);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set_name_cache(set_transport_);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, curl_version(set_transport_.http_version));
  curl_easy_setopt(easy, CURLOPT_PROXY, "");  // no environment variables
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  // Something that isn't HTTP has to reach on_body(): its first line is in the failure's text.
  curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 1L);
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);  // Url has done it as requests does
  // Decodes what it can, whatever the header asks for.
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &CurlTransfer::on_before_request);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &CurlTransfer::on_open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &CurlEngine::on_close_socket);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, &engine_);
  // Else they would be the handle's own, and the next user's.
  curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, keeps_tls_sessions_ ? 1L : 0L);
  if (uses_openssl()) {
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &CurlTransfer::on_tls_context);
  }
  const char* ca_file = nullptr;
  curl_easy_getinfo(easy, CURLINFO_CAINFO, &ca_file);
  default_ca_file_ = ca_file == nullptr ? "" : ca_file;
}

/// Stand-ins are good until they are replaced: libcurl need not look through them. With a proxy of
/// the environment, libcurl looks up names, and keeps them as long as a ShardResolver does.
void CurlTransfer::set_name_cache(const Transport& transport) {
  constexpr long kForEver = -1;
  constexpr long kKept = net::ShardResolver::kKept.count();
  const bool proxied = transport.proxy ? !transport.proxy->empty() : engine_.settings().uses_proxy;
  curl_easy_setopt(easy_.get(), CURLOPT_DNS_CACHE_TIMEOUT, proxied ? kKept : kForEver);
}

void CurlTransfer::forget_easy() {
  easy_.reset();
  parsed_url_.reset();
  header_list_.reset();
  resolve_list_.reset();
  set_url_ = {};
  set_header_lines_ = {};
  set_transport_ = {};
  set_decodes_ = true;
  result = {};
}

/// OpenSSL gives back the buffers of a connection between two answers; libcurl 7.88 asks for it
/// itself, 8.14 doesn't.
CURLcode CurlTransfer::on_tls_context(CURL*, void* context, void*) {
  SSL_CTX_set_mode(static_cast<SSL_CTX*>(context), SSL_MODE_RELEASE_BUFFERS);
  return CURLE_OK;
}

void CurlTransfer::set_up() {
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_SHARE, share_->get());
  set_url();
  set_headers();
  set_method();
  set_transport();
  curl_easy_setopt(easy, CURLOPT_RESOLVE, resolve_list_.get());
  if (!set_decodes_) {
    set_decodes_ = true;
    curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 1L);
  }
  if (request.connect_timeout) {
    note_progress();
    timer_.arm(last_progress_ + *request.connect_timeout);
  }
}

/// Parsed here, and only if it differs from the last one: libcurl would take each request's URL
/// apart and put it together again.
void CurlTransfer::set_url() {
  const Url& url = *request.url;
  const std::string wire_text = url.text_is_for_wire() ? std::string() : url.wire_text();
  const std::string_view text = url.text_is_for_wire() ? url.text() : wire_text;
  if (text == set_url_) {
    return;
  }
  if (parsed_url_ == nullptr) {
    parsed_url_.reset(curl_url());
    if (parsed_url_ == nullptr) {
      throw std::bad_alloc();
    }
  }
  set_url_ = text;
  const CURLUcode code =
      curl_url_set(parsed_url_.get(), CURLUPART_URL, set_url_.c_str(), CURLU_PATH_AS_IS);
  // What can't be parsed is left to libcurl, for its failure; and zones, which 7.88 loses.
  const bool takes_parsed = code == CURLUE_OK && url.zone() == std::string_view::npos;
  curl_easy_setopt(easy_.get(), CURLOPT_CURLU, takes_parsed ? parsed_url_.get() : nullptr);
  curl_easy_setopt(easy_.get(), CURLOPT_URL, set_url_.c_str());
}

void CurlTransfer::set_headers() {
  const bool proxied = request.transport.may_have_proxy();
  const Url& url = *request.url;
  if (header_list_ != nullptr && set_header_lines_ == request.header_lines &&
      set_has_body_ == request.has_body && set_proxied_ == proxied && set_host_ == url.host() &&
      set_port_ == url.port() && set_https_ == url.https()) {
    return;
  }
  header_list_ = curl_headers(request);
  set_header_lines_ = request.header_lines;
  set_has_body_ = request.has_body;
  set_proxied_ = proxied;
  set_host_ = url.host();
  set_port_ = url.port();
  set_https_ = url.https();
  curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, header_list_.get());
}

void CurlTransfer::set_method() {
  CURL* easy = easy_.get();
  const char* custom_method = nullptr;
  const std::string method(request.method);
  if (method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (request.has_body) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    // A null pointer would mean: ask the read callback. The head of an answer may be there before
    // the body has been sent, so streamed requests need a copy.
    curl_easy_setopt(easy, request.stream ? CURLOPT_COPYPOSTFIELDS : CURLOPT_POSTFIELDS,
                     request.body.empty() ? "" : request.body.data());
    custom_method = method == "POST" ? nullptr : method.c_str();
  } else {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    custom_method = method == "GET" ? nullptr : method.c_str();
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, custom_method);
}

void CurlTransfer::set_transport() {
  const Transport& transport = request.transport;
  if (transport == set_transport_) {
    return;
  }
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, curl_version(transport.http_version));
  // Null means: what the environment variables say.
  curl_easy_setopt(easy, CURLOPT_PROXY, transport.proxy ? transport.proxy->c_str() : nullptr);
  curl_easy_setopt(easy, CURLOPT_NOPROXY, transport.proxy ? "" : nullptr);
  set_name_cache(transport);
  curl_easy_setopt(easy, CURLOPT_SSLCERT, or_null(transport.cert.cert));
  curl_easy_setopt(easy, CURLOPT_SSLKEY, or_null(transport.cert.key));
  set_authorities();
  set_transport_ = transport;
}

void CurlTransfer::set_authorities() {
  CURL* easy = easy_.get();
  const Verify& verify = request.transport.verify;
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verify.enabled ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verify.enabled ? 2L : 0L);
  std::error_code error;
  const bool folder =
      !verify.ca_path.empty() && std::filesystem::is_directory(verify.ca_path, error);
  const std::string& file = verify.ca_path.empty() ? default_ca_file_ : verify.ca_path;
  curl_easy_setopt(easy, CURLOPT_CAINFO, folder ? nullptr : or_null(file));
  curl_easy_setopt(easy, CURLOPT_CAPATH, folder ? verify.ca_path.c_str() : nullptr);
  if (!verify.enabled && request.url->https()) {
    engine_.note_unverified();
  }
}

}  // namespace cppworker::http
