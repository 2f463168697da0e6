#include "support/http_server.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/certificate.hpp"

namespace cppworker::test_support {

namespace {

char lower(char character) {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character + 0x20) : character;
}

void check(bool fine, const char* what) {
  if (!fine) {
    throw std::runtime_error(what);
  }
}

std::string take_until(std::string& text, std::string_view end) {
  const std::size_t at = text.find(end);
  std::string taken = text.substr(0, at);
  text.erase(0, at + end.size());
  return taken;
}

}  // namespace

std::string HttpRequest::header(std::string_view name) const {
  std::string rest = head;
  while (!rest.empty()) {
    std::string value = take_until(rest, "\r\n");
    const std::string found = take_until(value, ": ");
    if (std::ranges::equal(found, name, {}, lower, lower)) {
      return value;
    }
  }
  return {};
}

HttpServer::HttpServer(Handler handler, Place place, Protocol protocol,
                       const std::string& certificate_name)
    : handler_(std::move(handler)), protocol_(protocol) {
  if (protocol == Protocol::kTls) {
    tls_.reset(SSL_CTX_new(TLS_server_method()));
    certificate_pem_ = use_fresh_certificate(*tls_, certificate_name);
  }
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(place.port);
  check(inet_pton(AF_INET, place.address, &address.sin_addr) == 1, "inet_pton");
  socklen_t size = sizeof address;
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API
  const int on = 1;  // connections of an earlier server on this port may be in TIME_WAIT
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  check(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0, "bind");
  check(listen(listener_, SOMAXCONN) == 0, "listen");
  check(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_connections(); });
}

HttpServer::~HttpServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    for (const auto& connection : open_) {
      if (!connection->closed_) {
        shutdown(connection->fd_, SHUT_RDWR);
      }
    }
    changed_.notify_all();
  }
  acceptor_.join();
  ::close(listener_);
  open_.clear();  // joins
}

std::string HttpServer::url(std::string_view host) const {
  return (protocol_ == Protocol::kTls ? "https://" : "http://") + std::string(host) + ":" +
         std::to_string(port_);
}

std::vector<HttpRequest> HttpServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::size_t HttpServer::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

void HttpServer::wait_for_closed(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return closed_by_client_ >= count; });
}

void HttpServer::release() {
  const std::lock_guard lock(mutex_);
  ++permits_;
  changed_.notify_all();
}

void HttpServer::on_request(std::function<void(const HttpRequest&)> listener) {
  const std::lock_guard lock(mutex_);
  on_request_ = std::move(listener);
}

void HttpServer::on_handshake(std::function<void()> listener) {
  const std::lock_guard lock(mutex_);
  on_handshake_ = std::move(listener);
}

void HttpServer::on_body(std::function<void()> listener) {
  const std::lock_guard lock(mutex_);
  on_body_ = std::move(listener);
}

void HttpServer::call(const std::function<void()>& listener) {
  std::function<void()> copy;
  {
    const std::lock_guard lock(mutex_);
    copy = listener;
  }
  if (copy) {
    copy();
  }
}

void HttpServer::on_closed(std::function<void()> listener) {
  const std::lock_guard lock(mutex_);
  on_closed_ = std::move(listener);
}

void HttpServer::accept_connections() {
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      if (fd >= 0) {
        ::close(fd);
      }
      return;
    }
    if (fd < 0) {
      continue;
    }
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    HttpConnection& connection = *open_.emplace_back(std::make_unique<HttpConnection>(*this, fd));
    connection.thread_ = std::thread([this, &connection] { serve(connection); });
  }
}

void HttpServer::serve(HttpConnection& connection) {
  if (tls_ != nullptr) {
    connection.tls_.reset(SSL_new(tls_.get()));
    SSL_set_fd(connection.tls_.get(), connection.fd_);
    char byte = 0;
    recv(connection.fd_, &byte, 1, MSG_PEEK);
    call(on_handshake_);
    if (SSL_accept(connection.tls_.get()) != 1) {
      connection.close();
      return;
    }
  }
  std::size_t index = 0;
  bool first = true;
  std::string buffer;
  std::array<char, 16384> bytes{};
  const auto fill = [&] {
    const std::size_t count = connection.read(bytes.data(), bytes.size());
    buffer.append(bytes.data(), count);
    return count != 0;
  };
  for (;;) {
    while (buffer.find("\r\n\r\n") == std::string::npos) {
      if (connection.closed_) {
        return;
      }
      if (!fill()) {
        connection.close();
        {
          const std::lock_guard lock(mutex_);
          ++closed_by_client_;
          changed_.notify_all();
        }
        call(on_closed_);
        return;
      }
    }
    HttpRequest request;
    request.tls_resumed =
        connection.tls_ != nullptr && SSL_session_reused(connection.tls_.get()) == 1;
    std::string line = take_until(buffer, "\r\n");
    request.method = take_until(line, " ");
    request.target = take_until(line, " ");
    if (!buffer.starts_with("\r\n")) {
      request.head = take_until(buffer, "\r\n\r\n") + "\r\n";
    }
    const std::string length = request.header("Content-Length");
    const std::size_t size = length.empty() ? 0 : std::stoul(length);
    if (size != 0) {
      call(on_body_);
    }
    while (buffer.size() < size && fill()) {
    }
    request.body = buffer.substr(0, size);
    buffer.erase(0, size);
    std::function<void(const HttpRequest&)> listener;
    {
      const std::lock_guard lock(mutex_);
      listener = on_request_;
      if (std::exchange(first, false)) {
        index = connections_++;
      }
      request.connection = index;
      requests_.push_back(request);
      changed_.notify_all();
    }
    if (listener) {
      listener(request);
    }
    connection.head_ = request.method == "HEAD";
    handler_(request, connection);
  }
}

HttpConnection::~HttpConnection() {
  if (thread_.joinable()) {
    thread_.join();
  }
  close();
}

std::size_t HttpConnection::read(char* buffer, std::size_t size) {
  if (closed_) {
    return 0;
  }
  const auto count = tls_ != nullptr ? SSL_read(tls_.get(), buffer, static_cast<int>(size))
                                     : recv(fd_, buffer, size, 0);
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

void HttpConnection::send(std::string_view bytes) {
  while (!closed_ && !bytes.empty()) {
    const auto count = tls_ != nullptr
                           ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                           : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) {
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void HttpConnection::reply(std::string_view body, std::string_view headers,
                           std::string_view status) {
  std::string answer = "HTTP/1.1 ";
  answer.append(status).append("\r\nContent-Length: ").append(std::to_string(body.size()));
  answer.append("\r\n").append(headers).append("\r\n");
  if (!head_) {
    answer += body;
  }
  send(answer);
}

void HttpConnection::break_off(std::string_view bytes) {
  BIO* const record = BIO_new(BIO_s_mem());
  SSL_set0_wbio(tls_.get(), record);  // owns it now
  send(bytes);
  char* begin = nullptr;
  const long size = BIO_get_mem_data(record, &begin);
  ::send(fd_, begin, static_cast<std::size_t>(size) / 2, MSG_NOSIGNAL | MSG_MORE);
  shutdown(fd_, SHUT_WR);
}

void HttpConnection::close() {
  const std::lock_guard lock(server_.mutex_);  // the server's end looks at fd_
  if (!std::exchange(closed_, true)) {
    ::close(fd_);
  }
}

void HttpConnection::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void HttpConnection::hold() {
  std::unique_lock lock(server_.mutex_);
  server_.changed_.wait(lock, [this] { return server_.permits_ != 0 || server_.stopping_; });
  server_.permits_ -= server_.permits_ == 0 ? 0 : 1;
}

}  // namespace cppworker::test_support
