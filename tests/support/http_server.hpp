#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <openssl/ssl.h>

namespace cppworker::test_support {

/// A request as it came over the wire.
struct HttpRequest {
  std::size_t connection = 0;  ///< from 0, in the order of their first byte
  std::string method;
  std::string target;
  std::string head;  ///< header lines, with their CRLF
  std::string body;
  bool tls_resumed = false;  ///< its connection goes on with an earlier one's TLS session

  [[nodiscard]] std::string header(std::string_view name) const;
};

class HttpConnection;

/// An HTTP server on an ephemeral port of 127.0.0.1 (or where it is asked to be) that does what its
/// handler says, right or wrong. One thread per connection; the handler runs there.
class HttpServer {
 public:
  using Handler = std::function<void(const HttpRequest& request, HttpConnection& connection)>;
  enum class Protocol : std::uint8_t { kPlain, kTls };

  struct Place {
    const char* address = "127.0.0.1";
    std::uint16_t port = 0;  ///< 0: any
  };

  explicit HttpServer(Handler handler, Protocol protocol = Protocol::kPlain,
                      const std::string& certificate_name = "localhost")
      : HttpServer(std::move(handler), Place{}, protocol, certificate_name) {}
  HttpServer(Handler handler, Place place, Protocol protocol = Protocol::kPlain,
             const std::string& certificate_name = "localhost");
  /// Ends everything, also handlers that wait for release().
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// "http://127.0.0.1:1234", or with another host.
  [[nodiscard]] std::string url(std::string_view host = "127.0.0.1") const;
  /// Its certificate, to be trusted.
  [[nodiscard]] const std::string& certificate_pem() const { return certificate_pem_; }

  [[nodiscard]] std::vector<HttpRequest> requests() const;
  /// Connections that sent at least a request.
  [[nodiscard]] std::size_t connections() const;

  /// Blocks until so many connections have been closed by the client.
  void wait_for_closed(std::size_t count);
  /// Lets one handler go on that waits in HttpConnection::hold(), or will.
  void release();
  /// Called on the server's threads when a request has been read, before its handler.
  void on_request(std::function<void(const HttpRequest&)> listener);
  /// Called on the server's threads when the client has begun a TLS handshake, before it goes on.
  void on_handshake(std::function<void()> listener);
  /// Called on the server's threads when the head of a request with a body has been read.
  void on_body(std::function<void()> listener);
  /// Called on the server's threads when the client has closed a connection.
  void on_closed(std::function<void()> listener);

 private:
  friend class HttpConnection;
  void accept_connections();
  void serve(HttpConnection& connection);
  void call(const std::function<void()>& listener);

  const Handler handler_;
  const Protocol protocol_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> tls_{nullptr, SSL_CTX_free};
  std::string certificate_pem_;
  int listener_ = -1;
  std::uint16_t port_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<HttpRequest> requests_;
  std::size_t connections_ = 0;
  std::size_t closed_by_client_ = 0;
  std::size_t permits_ = 0;
  std::function<void(const HttpRequest&)> on_request_;
  std::function<void()> on_handshake_;
  std::function<void()> on_body_;
  std::function<void()> on_closed_;
  bool stopping_ = false;
  std::list<std::unique_ptr<HttpConnection>> open_;
  std::thread acceptor_;
};

/// One connection, for handlers.
class HttpConnection {
 public:
  HttpConnection(HttpServer& server, int fd) : server_(server), fd_(fd) {}
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  void send(std::string_view bytes);
  /// `HTTP/1.1 <status>` with a Content-Length; `headers` are lines with their CRLF.
  void reply(std::string_view body, std::string_view headers = {},
             std::string_view status = "200 OK");
  /// Sends half of the TLS record with `bytes` and the end of the connection, in one packet.
  void break_off(std::string_view bytes);
  void close();
  /// Closes with a TCP reset.
  void reset();
  /// Blocks until a release() is there to be taken, or the end.
  void hold();

 private:
  friend class HttpServer;
  std::size_t read(char* buffer, std::size_t size);

  HttpServer& server_;
  int fd_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, SSL_free};
  bool closed_ = false;
  bool head_ = false;  // the present request wants no body
  std::thread thread_;
};

}  // namespace cppworker::test_support
