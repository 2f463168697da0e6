#include "net/tls_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <functional>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include "base/check.hpp"
#include "coro/scheduler.hpp"
#include "net/socket_address.hpp"

namespace cppworker::net {

namespace {

constexpr std::size_t kSizeMax = std::size_t{1} << 30U;  // OpenSSL takes an int

TlsStream::Kind kind_of(int ssl_error) {
  switch (ssl_error) {
    case SSL_ERROR_WANT_READ:
      return TlsStream::Kind::kWantsRead;
    case SSL_ERROR_WANT_WRITE:
      return TlsStream::Kind::kWantsWrite;
    case SSL_ERROR_SSL:
    case SSL_ERROR_SYSCALL:
      return TlsStream::Kind::kFailed;
    default:
      return TlsStream::Kind::kClosed;
  }
}

}  // namespace

bool TlsStream::open(SSL_CTX& context, int fd, const Peer& peer, SSL_SESSION* resumed) {
  DCHECK(!is_open());
  DCHECK(fd >= 0);
  ssl_.reset(SSL_new(&context));
  BIO* const bio = ssl_ == nullptr ? nullptr : BIO_new(bio_method());
  if (bio == nullptr) {
    ssl_.reset();
    return false;
  }
  socket_ = {.fd = fd};
  BIO_set_data(bio, &socket_);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);  // owns it now
  const std::string name(without_brackets_and_zone(peer.host));
  const bool is_address = SocketAddress::parse(name).has_value();
  if (!is_address) {
    SSL_set_tlsext_host_name(ssl_.get(), name.c_str());  // NOLINT: a cast in OpenSSL's macro
  }
  if (peer.verify && is_address) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), name.c_str());
  } else if (peer.verify) {
    SSL_set1_host(ssl_.get(), name.c_str());
  }
  if (resumed != nullptr) {
    SSL_set_session(ssl_.get(), resumed);
  }
  return true;
}

void TlsStream::close() {
  if (ssl_ != nullptr) {
    SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    ssl_.reset();
  }
}

/// OpenSSL's own BIO for sockets does not say whether a read has emptied the socket.
BIO_METHOD* TlsStream::bio_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    CHECK(made != nullptr);
    BIO_meth_set_read(made, &read_socket);
    BIO_meth_set_write(made, &write_socket);
    BIO_meth_set_ctrl(made, &control_socket);
    return made;
  }();
  return method;
}

int TlsStream::read_socket(BIO* bio, char* buffer, int size) {
  Socket& socket = *static_cast<Socket*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  ssize_t received = 0;
  do {
    received = ::recv(socket.fd, buffer, static_cast<std::size_t>(size), 0);
  } while (received < 0 && errno == EINTR);
  socket.emptied = received < size;
  socket.ended = socket.ended || received == 0;
  if (received < 0 && errno == EAGAIN) {
    BIO_set_retry_read(bio);
  }
  return static_cast<int>(received);
}

int TlsStream::write_socket(BIO* bio, const char* bytes, int size) {
  const Socket& socket = *static_cast<Socket*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  ssize_t sent = 0;
  do {
    sent = ::send(socket.fd, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0 && errno == EAGAIN) {
    BIO_set_retry_write(bio);
  }
  return static_cast<int>(sent);
}

long TlsStream::control_socket(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  switch (command) {
    case BIO_CTRL_EOF:
      return static_cast<Socket*>(BIO_get_data(bio))->ended ? 1 : 0;
    case BIO_CTRL_FLUSH:
      return 1;
    default:
      return 0;
  }
}

template <class Operation>
TlsStream::Result TlsStream::run(const Operation& operation) {
  DCHECK(is_open());
  Result result;
  const auto on_loop_stack = [&] {
    errno = 0;
    const int code = operation(ssl_.get());
    if (code > 0) {
      result.size = static_cast<std::size_t>(code);
      return;
    }
    const int os_error = errno;
    const int error = SSL_get_error(ssl_.get(), code);
    result.kind = kind_of(error);
    if (result.kind == Kind::kFailed) {
      result.error = {.os_error = error == SSL_ERROR_SYSCALL ? os_error : 0,
                      .code = ERR_peek_last_error(),
                      .verify_result = SSL_get_verify_result(ssl_.get())};
    }
    ERR_clear_error();
  };
  coro::this_coroutine::run_on_loop_stack(std::ref(on_loop_stack));  // a reference: no allocation
  return result;
}

TlsStream::Result TlsStream::handshake() {
  return run([](SSL* ssl) { return SSL_connect(ssl); });
}

TlsStream::Result TlsStream::read(std::span<char> buffer) {
  DCHECK(!buffer.empty() && buffer.size() <= kSizeMax);
  return run(
      [buffer](SSL* ssl) { return SSL_read(ssl, buffer.data(), static_cast<int>(buffer.size())); });
}

TlsStream::Result TlsStream::write(std::string_view bytes) {
  DCHECK(!bytes.empty());
  return run([bytes](SSL* ssl) {
    return SSL_write(ssl, bytes.data(), static_cast<int>(std::min(bytes.size(), kSizeMax)));
  });
}

bool TlsStream::may_have_more() const {
  DCHECK(is_open());
  return !socket_.emptied || socket_.ended || SSL_has_pending(ssl_.get()) != 0;
}

bool TlsStream::silent() {
  char byte = 0;
  const Result result = run([&byte](SSL* ssl) { return SSL_peek(ssl, &byte, 1); });
  return result.kind == Kind::kWantsRead && !may_have_more();
}

void TlsStream::free_buffers() {
  DCHECK(is_open());
  // Against SSL_MODE_RELEASE_BUFFERS, the buffers for writing come back with session tickets.
  SSL_free_buffers(ssl_.get());
}

TlsSession TlsStream::session() const {
  DCHECK(is_open());
  if (SSL_is_init_finished(ssl_.get()) == 0) {
    return nullptr;
  }
  return TlsSession(SSL_get1_session(ssl_.get()));
}

}  // namespace cppworker::net
