#include "user/tools/tcp_tls.hpp"

#include "coro/loop_stack.hpp"
#include "net/receive_buffer.hpp"

namespace cppworker::detail {

TcpTls::~TcpTls() {
  coro::on_loop_stack([this] { stream.close(); });
}

net::TlsResult::Kind TcpTls::receive(std::string& received) {
  using Kind = net::TlsResult::Kind;
  if (end) {
    return end->kind;
  }
  const auto buffer = net::receive_buffer();
  const net::TlsResult result = stream.read(buffer);
  if (result.kind == Kind::kDone) {
    received.append(buffer.data(), result.size);
  } else if (result.kind == Kind::kClosed || result.kind == Kind::kFailed) {
    end = result;
  }
  return result.kind;
}

void TcpTls::finish() {
  coro::on_loop_stack([this] {
    // If session tickets were still in the socket, close() would reset the connection, and the peer
    // might lose what was written.
    static_cast<void>(stream.silent());
    static_cast<void>(stream.send_end());
  });
}

}  // namespace cppworker::detail
