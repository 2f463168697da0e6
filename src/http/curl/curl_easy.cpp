#include "http/curl/curl_easy.hpp"

#include <filesystem>
#include <new>
#include <string>
#include <utility>

#include "base/check.hpp"
#include "http/curl/curl_headers.hpp"
#include "net/shard_resolver.hpp"

namespace cppworker::http {

namespace {

/// The size of the one read that libcurl makes per event, and of the buffer of a transfer in
/// progress. Pages of the buffer that no response has filled take no memory.
constexpr long kReceivedAtOnce = 32L * 1024;

}  // namespace

CurlEasy::CurlEasy(const Exchange::Request& request, CurlShare& share,
                   const ProcessSettings& settings, HeaderList resolve_list)
    : header_list_(curl_headers(request)),
      resolve_list_(std::move(resolve_list)),
      easy_(curl_easy_init()) {
  DCHECK(request.url != nullptr);
  CURL* const easy = easy_.get();
  if (easy == nullptr) {
    throw std::bad_alloc();
  }
  curl_easy_setopt(easy, CURLOPT_SHARE, share.get());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kReceivedAtOnce);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  // Bytes that aren't HTTP must reach the body's callback: the failure has their first line.
  curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 1L);
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);  // Url has normalized it as requests does
  curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, header_list_.get());
  curl_easy_setopt(easy, CURLOPT_RESOLVE, resolve_list_.get());
  set_url(*request.url);
  set_method(request);
  set_transport(request.transport, settings);
}

void CurlEasy::set_url(const Url& url) {
  curl_easy_setopt(easy_.get(), CURLOPT_URL, url.wire_text().c_str());
}

void CurlEasy::set_method(const Exchange::Request& request) {
  CURL* const easy = easy_.get();
  const std::string method(request.method);
  if (method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  if (request.has_body) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    // A null pointer would select the read callback. Streamed requests need a copy: the head of the
    // response may arrive before the body has been sent.
    curl_easy_setopt(easy, request.stream ? CURLOPT_COPYPOSTFIELDS : CURLOPT_POSTFIELDS,
                     request.body.empty() ? "" : request.body.data());
  }
  if (method != (request.has_body ? "POST" : "GET")) {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
  }
}

void CurlEasy::set_transport(const Transport& transport, const ProcessSettings& settings) {
  CURL* const easy = easy_.get();
  const bool http2 = transport.http_version == HttpVersion::kHttp2;
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                   static_cast<long>(http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  if (transport.proxy) {  // otherwise the environment variables decide
    curl_easy_setopt(easy, CURLOPT_PROXY, transport.proxy->c_str());
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  }
  // Stand-ins are valid until they are replaced: libcurl needn't expire them. With a proxy of the
  // environment, libcurl resolves names itself and keeps them as long as a ShardResolver does.
  constexpr long kIndefinitely = -1;
  const bool proxied = transport.proxy ? !transport.proxy->empty() : settings.uses_proxy;
  curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT,
                   proxied ? long{net::ShardResolver::kKept.count()} : kIndefinitely);
  if (!transport.cert.cert.empty()) {
    curl_easy_setopt(easy, CURLOPT_SSLCERT, transport.cert.cert.c_str());
  }
  if (!transport.cert.key.empty()) {
    curl_easy_setopt(easy, CURLOPT_SSLKEY, transport.cert.key.c_str());
  }
  set_authorities(transport.verify);
}

void CurlEasy::set_authorities(const Verify& verify) {
  CURL* const easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verify.enabled ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verify.enabled ? 2L : 0L);
  if (verify.ca_path.empty()) {
    return;  // libcurl's default: the system's authorities
  }
  std::error_code error;
  const bool folder = std::filesystem::is_directory(verify.ca_path, error);
  const char* const path = verify.ca_path.c_str();
  curl_easy_setopt(easy, CURLOPT_CAINFO, folder ? nullptr : path);
  curl_easy_setopt(easy, CURLOPT_CAPATH, folder ? path : nullptr);
}

}  // namespace cppworker::http
