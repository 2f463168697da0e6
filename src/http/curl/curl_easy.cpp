#include "http/curl/curl_easy.hpp"

#include <filesystem>
#include <new>

#include <openssl/ssl.h>

#include "base/check.hpp"
#include "http/curl/curl_headers.hpp"
#include "net/shard_resolver.hpp"

namespace cppworker::http {

namespace {

/// The size of the one read that libcurl makes per event, and of the buffer of a transfer in
/// progress. Pages of the buffer that no response has filled take no memory.
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

/// OpenSSL frees the buffers of a connection between two responses. libcurl 7.88 sets this itself,
/// 8.14 doesn't.
CURLcode release_tls_buffers(CURL*, void* context, void*) {
  SSL_CTX_set_mode(static_cast<SSL_CTX*>(context), SSL_MODE_RELEASE_BUFFERS);
  return CURLE_OK;
}

}  // namespace

/// A handle is used either with shares that keep TLS sessions or with shares that don't: libcurl
/// 7.88 leaks a handle's own sessions when it is given those of a share.
bool CurlEasy::prepare(const ExchangeRequest& request, CurlShare& share) {
  const bool with_tls = request.url->https() || request.transport.may_have_proxy();
  static_cast<void>(share.get(with_tls));
  if (easy_ != nullptr && share.keeps_tls_sessions() != keeps_tls_sessions_) {
    free();
  }
  if (easy_ != nullptr) {
    return false;
  }
  keeps_tls_sessions_ = share.keeps_tls_sessions();
  create();
  return true;
}

void CurlEasy::create() {
  easy_.reset(curl_easy_init());
  CURL* easy = easy_.get();
  if (easy == nullptr) {
    throw std::bad_alloc();
  }
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kReceivedAtOnce);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set_name_cache(set_transport_);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, curl_version(set_transport_.http_version));
  curl_easy_setopt(easy, CURLOPT_PROXY, "");  // no environment variables
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  // Bytes that aren't HTTP must reach the body's callback: the failure text has their first line.
  curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 1L);
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);  // Url has normalized it as requests does
  // Decode every encoding that libcurl knows, independent of the request's header.
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  // Sessions of the handle's own would be resumed by its next user.
  curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, keeps_tls_sessions_ ? 1L : 0L);
  if (uses_openssl()) {
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &release_tls_buffers);
  }
  const char* ca_file = nullptr;
  curl_easy_getinfo(easy, CURLINFO_CAINFO, &ca_file);
  default_ca_file_ = ca_file == nullptr ? "" : ca_file;
}

/// Stand-ins are valid until they are replaced: libcurl needn't expire them. With a proxy of the
/// environment, libcurl resolves names itself and keeps them as long as a ShardResolver does.
void CurlEasy::set_name_cache(const Transport& transport) {
  constexpr long kIndefinitely = -1;
  constexpr long kKept = net::ShardResolver::kKept.count();
  const bool proxied = transport.proxy ? !transport.proxy->empty() : settings_.uses_proxy;
  curl_easy_setopt(easy_.get(), CURLOPT_DNS_CACHE_TIMEOUT, proxied ? kKept : kIndefinitely);
}

void CurlEasy::leave_share() {
  DCHECK(easy_ != nullptr);
  curl_easy_setopt(easy_.get(), CURLOPT_SHARE, nullptr);
}

void CurlEasy::free() {
  easy_.reset();
  parsed_url_.reset();
  header_list_.reset();
  resolve_list_.reset();
  set_url_ = {};
  set_header_lines_ = {};
  set_transport_ = {};
  set_decodes_ = true;
}

void CurlEasy::stop_decoding() {
  DCHECK(easy_ != nullptr);
  set_decodes_ = false;
  curl_easy_setopt(easy_.get(), CURLOPT_HTTP_CONTENT_DECODING, 0L);
}

void CurlEasy::set_up(const ExchangeRequest& request, CurlShare& share) {
  DCHECK(easy_ != nullptr && request.url != nullptr);
  DCHECK(share.keeps_tls_sessions() == keeps_tls_sessions_);
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_SHARE, share.get());
  set_url(*request.url);
  set_headers(request);
  set_method(request);
  set_transport(request.transport);
  curl_easy_setopt(easy, CURLOPT_RESOLVE, resolve_list_.get());
  if (!set_decodes_) {
    set_decodes_ = true;
    curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 1L);
  }
}

/// Parses the URL only if it differs from the last one: libcurl would parse and print the URL of
/// each request.
void CurlEasy::set_url(const Url& url) {
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
  // libcurl parses invalid URLs, for its failure text, and those with a zone, which 7.88 loses in
  // parsed URLs.
  const bool takes_parsed = code == CURLUE_OK && url.zone() == std::string_view::npos;
  curl_easy_setopt(easy_.get(), CURLOPT_CURLU, takes_parsed ? parsed_url_.get() : nullptr);
  curl_easy_setopt(easy_.get(), CURLOPT_URL, set_url_.c_str());
}

void CurlEasy::set_headers(const ExchangeRequest& request) {
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

void CurlEasy::set_method(const ExchangeRequest& request) {
  CURL* easy = easy_.get();
  const char* custom_method = nullptr;
  const std::string method(request.method);
  if (method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (request.has_body) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    // A null pointer would select the read callback. Streamed requests need a copy: the head of the
    // response may arrive before the body has been sent.
    curl_easy_setopt(easy, request.stream ? CURLOPT_COPYPOSTFIELDS : CURLOPT_POSTFIELDS,
                     request.body.empty() ? "" : request.body.data());
    custom_method = method == "POST" ? nullptr : method.c_str();
  } else {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    custom_method = method == "GET" ? nullptr : method.c_str();
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, custom_method);
}

void CurlEasy::set_transport(const Transport& transport) {
  if (transport == set_transport_) {
    return;
  }
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, curl_version(transport.http_version));
  // Null selects the environment variables.
  curl_easy_setopt(easy, CURLOPT_PROXY, transport.proxy ? transport.proxy->c_str() : nullptr);
  curl_easy_setopt(easy, CURLOPT_NOPROXY, transport.proxy ? "" : nullptr);
  set_name_cache(transport);
  curl_easy_setopt(easy, CURLOPT_SSLCERT, or_null(transport.cert.cert));
  curl_easy_setopt(easy, CURLOPT_SSLKEY, or_null(transport.cert.key));
  set_authorities(transport.verify);
  set_transport_ = transport;
}

void CurlEasy::set_authorities(const Verify& verify) {
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verify.enabled ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verify.enabled ? 2L : 0L);
  std::error_code error;
  const bool folder =
      !verify.ca_path.empty() && std::filesystem::is_directory(verify.ca_path, error);
  const std::string& file = verify.ca_path.empty() ? default_ca_file_ : verify.ca_path;
  curl_easy_setopt(easy, CURLOPT_CAINFO, folder ? nullptr : or_null(file));
  curl_easy_setopt(easy, CURLOPT_CAPATH, folder ? verify.ca_path.c_str() : nullptr);
}

}  // namespace cppworker::http
