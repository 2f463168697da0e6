#include "net/tls_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <functional>

#include <openssl/err.h>

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
  if (ssl_ == nullptr || SSL_set_fd(ssl_.get(), fd) != 1) {
    ssl_.reset();
    return false;
  }
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

bool TlsStream::silent() {
  char byte = 0;
  return run([&byte](SSL* ssl) { return SSL_peek(ssl, &byte, 1); }).kind == Kind::kWantsRead;
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
