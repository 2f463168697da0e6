#include "net/tls_stream.hpp"

#include <algorithm>
#include <cerrno>

#include <openssl/bio.h>
#include <openssl/err.h>

#include <cppworker/exception.hpp>

#include "base/check.hpp"
#include "coro/loop_stack.hpp"
#include "net/socket_address.hpp"
#include "net/tls_certificate.hpp"

namespace cppworker::net {

namespace {

constexpr std::size_t kAlpnNameMax = 255;
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

void TlsStream::prepare(SSL_CTX& context) {
  // One system call reads a whole record.
  SSL_CTX_set_mode(&context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(&context, 1);
  // As for Python's sockets, the end of the connection without close_notify is not an error.
  SSL_CTX_set_options(&context, SSL_OP_IGNORE_UNEXPECTED_EOF);
  TlsHandover::prepare(context);
}

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
  failed_ = false;
  end_sent_ = false;
  write_pending_ = false;
  handover_ = std::make_unique<TlsHandover>(*ssl_);
  BIO_set_data(bio, &socket_);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);  // owns it now
  const std::string name(without_brackets_and_zone(peer.host));
  const bool is_address = SocketAddress::parse(name).has_value();
  if (!is_address) {
    SSL_set_tlsext_host_name(ssl_.get(), name.c_str());  // NOLINT: a cast in OpenSSL's macro
  }
  if (peer.verify) {
    const int set = is_address
                        ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), name.c_str())
                        : SSL_set1_host(ssl_.get(), name.c_str());
    if (set != 1) {  // OpenSSL would accept a certificate for any name
      close();
      return false;
    }
  }
  if (resumed != nullptr) {
    SSL_set_session(ssl_.get(), resumed);
  }
  return true;
}

void TlsStream::set(const Extras& extras) {
  DCHECK(ssl_ != nullptr);
  if (extras.cert != nullptr) {
    coro::on_loop_stack([&] { use_certificate(*ssl_, *extras.cert); });
  }
  std::string protocols;  // each after a byte with its size
  for (const std::string& name : extras.alpn) {
    if (name.empty() || name.size() > kAlpnNameMax) {
      throw Error("The name of a protocol for ALPN has " + std::to_string(name.size()) +
                  " bytes; it must have 1 to " + std::to_string(kAlpnNameMax) + ".");
    }
    protocols += static_cast<char>(name.size());
    protocols += name;
  }
  if (!protocols.empty()) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes for OpenSSL
    const auto* const bytes = reinterpret_cast<const unsigned char*>(protocols.data());
    CHECK(SSL_set_alpn_protos(ssl_.get(), bytes, static_cast<unsigned>(protocols.size())) == 0);
  }
}

std::string TlsStream::alpn_protocol() const {
  DCHECK(ssl_ != nullptr);
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {name, name + size};
}

void TlsStream::close() {
  free_ssl();
  own_.reset();
}

void TlsStream::free_ssl() {
  if (ssl_ != nullptr) {
    SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    ssl_.reset();
  }
  handover_.reset();
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
  auto& socket = *static_cast<TlsSocket*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const ssize_t received = socket.receive({buffer, static_cast<std::size_t>(size)});
  if (received < 0 && errno == EAGAIN) {
    BIO_set_retry_read(bio);
  }
  return static_cast<int>(received);
}

int TlsStream::write_socket(BIO* bio, const char* bytes, int size) {
  const auto& socket = *static_cast<TlsSocket*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const ssize_t sent = socket.send({bytes, static_cast<std::size_t>(size)});
  if (sent < 0 && errno == EAGAIN) {
    BIO_set_retry_write(bio);
  }
  return static_cast<int>(sent);
}

long TlsStream::control_socket(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  switch (command) {
    case BIO_CTRL_EOF:
      return static_cast<TlsSocket*>(BIO_get_data(bio))->ended ? 1 : 0;
    case BIO_CTRL_FLUSH:
      return 1;
    default:
      return 0;
  }
}

template <class Operation>
TlsStream::Result TlsStream::run(const Operation& operation) {
  DCHECK(ssl_ != nullptr);
  Result result;
  const auto run_operation = [&] {
    ERR_clear_error();  // of other code on this thread: SSL_get_error() would find it
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
      failed_ = true;
      result.error = {.os_error = error == SSL_ERROR_SYSCALL ? os_error : 0,
                      .code = ERR_peek_last_error(),
                      .verify_result = SSL_get_verify_result(ssl_.get())};
    }
    ERR_clear_error();
  };
  coro::on_loop_stack(run_operation);
  return result;
}

TlsStream::Result TlsStream::handshake() {
  return run([](SSL* ssl) { return SSL_connect(ssl); });
}

TlsStream::Result TlsStream::read(std::span<char> buffer) {
  DCHECK(is_open() && buffer.size() >= kReadMin && buffer.size() <= kSizeMax);
  if (own_ != nullptr) {
    Result result;
    coro::on_loop_stack([&] { result = own_->read(buffer); });
    return result;
  }
  return run(
      [buffer](SSL* ssl) { return SSL_read(ssl, buffer.data(), static_cast<int>(buffer.size())); });
}

TlsStream::Result TlsStream::write(std::string_view bytes) {
  DCHECK(is_open() && !bytes.empty());
  Result result;
  if (own_ != nullptr) {
    coro::on_loop_stack([&] { result = own_->write(bytes); });
    return result;
  }
  result = run([bytes](SSL* ssl) {
    return SSL_write(ssl, bytes.data(), static_cast<int>(std::min(bytes.size(), kSizeMax)));
  });
  write_pending_ = result.kind != Kind::kDone;
  return result;
}

bool TlsStream::may_have_more() const {
  DCHECK(is_open());
  if (own_ != nullptr) {
    return own_->may_have_more();
  }
  return !socket_.emptied || socket_.ended || SSL_has_pending(ssl_.get()) != 0;
}

bool TlsStream::holds_bytes() const {
  DCHECK(is_open());
  return ssl_ != nullptr && SSL_has_pending(ssl_.get()) != 0;
}

bool TlsStream::silent() {
  DCHECK(is_open());
  if (own_ != nullptr) {
    bool silent = false;
    coro::on_loop_stack([&] { silent = own_->silent(); });
    return silent;
  }
  char byte = 0;
  const Result result = run([&byte](SSL* ssl) { return SSL_peek(ssl, &byte, 1); });
  return result.kind == Kind::kWantsRead && !may_have_more() && !TlsHandover::holds_bytes(*ssl_);
}

TlsStream::Result TlsStream::send_end() {
  DCHECK(is_open());
  Result result;
  if (own_ != nullptr) {
    coro::on_loop_stack([&] { result = own_->send_end(); });
    return result;
  }
  if (end_sent_ || failed_ || write_pending_) {
    return {};
  }
  result = run([](SSL* ssl) {
    const int code = SSL_shutdown(ssl);
    return code == 0 ? 1 : code;  // 0: the peer has not sent its close_notify
  });
  end_sent_ = result.kind != Kind::kWantsWrite;
  return result;
}

void TlsStream::set_idle() {
  DCHECK(is_open());
  if (own_ != nullptr) {
    return;
  }
  coro::on_loop_stack([this] {
    const auto state = handover_ == nullptr ? TlsHandover::State::kNever : handover_->state(*ssl_);
    if (state == TlsHandover::State::kReady && !write_pending_) {
      own_ = handover_->stream(*ssl_, socket_);
      free_ssl();
      return;
    }
    if (state == TlsHandover::State::kNever && handover_ != nullptr) {
      TlsHandover::detach(*ssl_);
      handover_.reset();
    }
    // Against SSL_MODE_RELEASE_BUFFERS, the buffers for writing come back with session tickets.
    // OpenSSL would also free a buffer with the beginning of a record.
    if (!TlsHandover::holds_bytes(*ssl_)) {
      SSL_free_buffers(ssl_.get());
    }
  });
}

TlsSession TlsStream::session() const {
  DCHECK(is_open());
  if (ssl_ == nullptr || SSL_is_init_finished(ssl_.get()) == 0) {
    return nullptr;
  }
  return TlsSession(SSL_get1_session(ssl_.get()));
}

}  // namespace cppworker::net
