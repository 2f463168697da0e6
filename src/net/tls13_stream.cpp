#include "net/tls13_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "base/check.hpp"

namespace cppworker::net {

namespace {

/// The most that one call receives.
constexpr std::size_t kScratch = std::size_t{64} * 1024;
static_assert(kScratch >= Tls13Records::kSealedMax);

/// For sealed records during one operation; all connections of the thread share it.
std::span<char> scratch() {
  thread_local const auto memory = std::make_unique_for_overwrite<char[]>(kScratch);  // NOLINT
  return {memory.get(), kScratch};
}

TlsResult failed(int os_error) {
  return {.kind = TlsResult::Kind::kFailed, .error = {.os_error = os_error}};
}

}  // namespace

TlsResult Tls13Stream::read(std::span<char> buffer) {
  DCHECK(buffer.size() >= kReadMin);
  for (;;) {
    if (const TlsResult end = records_.end(); end.kind != TlsResult::Kind::kDone) {
      return end;
    }
    const auto sealed = scratch().first(std::min(kScratch, buffer.size()));
    const ssize_t received = socket_.receive(sealed.subspan(partial_.size()));
    if (received < 0) {
      return errno == EAGAIN ? TlsResult{.kind = TlsResult::Kind::kWantsRead} : failed(errno);
    }
    if (received == 0) {
      return {.kind = TlsResult::Kind::kClosed};
    }
    if (const std::size_t size = open(sealed, static_cast<std::size_t>(received), buffer)) {
      return {.size = size};
    }
    if (socket_.emptied && records_.end().kind == TlsResult::Kind::kDone) {
      return {.kind = TlsResult::Kind::kWantsRead};
    }
  }
}

std::size_t Tls13Stream::open(std::span<char> received, std::size_t size, std::span<char> buffer) {
  if (!partial_.empty()) {
    const std::size_t total = partial_.size() + size;
    if (total < Tls13Records::record_size(partial_)) {
      const auto more = received.subspan(partial_.size(), size);
      partial_.insert(partial_.end(), more.begin(), more.end());
      return 0;
    }
    std::copy(partial_.begin(), partial_.end(), received.begin());
    size = total;
  }
  received = received.first(size);
  const Tls13Records::Opened opened = records_.open(received, buffer.data());
  std::vector<char> rest;
  if (records_.end().kind == TlsResult::Kind::kDone && opened.consumed != size) {
    const auto part = received.subspan(opened.consumed);
    rest.reserve(Tls13Records::record_size(part));
    rest.assign(part.begin(), part.end());
  }
  partial_ = std::move(rest);
  if (records_.owes_alert()) {
    send_alert();
  }
  return opened.size;
}

/// The connection ends: whether the alert arrives does not matter.
void Tls13Stream::send_alert() {
  const std::size_t size = records_.seal_alert(scratch());
  if (unsent_.empty()) {
    static_cast<void>(socket_.send({scratch().data(), size}));
  }
}

TlsResult Tls13Stream::write(std::string_view bytes) {
  DCHECK(!bytes.empty());
  if (!unsent_.empty()) {
    DCHECK(bytes.size() >= unsent_content_);
    return send_unsent();
  }
  if (const TlsResult end = records_.end(); end.kind == TlsResult::Kind::kFailed) {
    return end;
  }
  const auto content = bytes.substr(0, Tls13Records::kContentMax);
  const auto sealed = scratch().first(records_.seal(content, scratch()));
  const ssize_t sent = socket_.send({sealed.data(), sealed.size()});
  if (sent < 0 && errno != EAGAIN) {
    return failed(errno);
  }
  const auto rest = sealed.subspan(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
  if (rest.empty()) {
    return {.size = content.size()};
  }
  unsent_.assign(rest.begin(), rest.end());
  unsent_content_ = content.size();
  return send_unsent();
}

TlsResult Tls13Stream::send_end() {
  if (!end_sealed_) {
    if (!unsent_.empty() || records_.end().kind == TlsResult::Kind::kFailed) {
      return {};
    }
    end_sealed_ = true;
    const std::size_t size = records_.seal_end(scratch());
    unsent_.assign(scratch().data(), scratch().data() + size);
    unsent_content_ = 0;
  }
  return send_unsent();
}

TlsResult Tls13Stream::send_unsent() {
  while (!unsent_.empty()) {
    const ssize_t sent = socket_.send({unsent_.data(), unsent_.size()});
    if (sent < 0) {
      return errno == EAGAIN ? TlsResult{.kind = TlsResult::Kind::kWantsWrite} : failed(errno);
    }
    unsent_.erase(unsent_.begin(), unsent_.begin() + sent);
  }
  unsent_ = {};
  return {.size = unsent_content_};
}

bool Tls13Stream::may_have_more() const {
  return !socket_.emptied || socket_.ended || records_.end().kind != TlsResult::Kind::kDone;
}

bool Tls13Stream::silent() {
  const auto buffer = std::make_unique_for_overwrite<char[]>(kReadMin);  // NOLINT: uninitialized
  const TlsResult result = read({buffer.get(), kReadMin});
  return result.kind == TlsResult::Kind::kWantsRead && partial_.empty() && !may_have_more();
}

}  // namespace cppworker::net
