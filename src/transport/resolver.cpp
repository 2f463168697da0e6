#include "transport/resolver.hpp"

#include <array>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <netdb.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cppworker::transport {
namespace {

using EndpointsResult = protocol::Result<Endpoints>;

EndpointsResult look_up(const std::string& host, int port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) {
    return protocol::Failure{fmt::format("can't resolve '{}': {}", host, gai_strerror(error))};
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> guard(found, &freeaddrinfo);

  Endpoints v4;
  Endpoints v6;
  for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(a->ai_addr, a->ai_addrlen, text.data(), text.size(), nullptr, 0,
                    NI_NUMERICHOST) != 0) {
      continue;
    }
    if (a->ai_family == AF_INET) v4.push_back(fmt::format("tcp://{}:{}", text.data(), port));
    if (a->ai_family == AF_INET6) v6.push_back(fmt::format("tcp://[{}]:{}", text.data(), port));
  }
  const bool v6_first = found->ai_family == AF_INET6;
  const Endpoints& first = v6_first ? v6 : v4;
  const Endpoints& second = v6_first ? v4 : v6;
  Endpoints endpoints;
  for (std::size_t i = 0; i < first.size() || i < second.size(); ++i) {
    if (i < first.size()) endpoints.push_back(first[i]);
    if (i < second.size()) endpoints.push_back(second[i]);
  }
  if (endpoints.empty()) return protocol::Failure{fmt::format("'{}' has no address", host)};
  return endpoints;
}

/// "[::1]" as in URLs.
std::string without_brackets(const std::string& host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    return host.substr(1, host.size() - 2);
  }
  return host;
}

}  // namespace

EndpointsResult resolve(const std::string& host, int port) {
  return look_up(without_brackets(host), port, 0);
}

struct Resolver::Shared {
  Shared() : event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (event < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  ~Shared() { close(event); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  void put(EndpointsResult result) {
    const std::lock_guard lock(mutex);
    answer = std::move(result);
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(event, &one, sizeof one);
  }

  const int event;
  std::mutex mutex;
  std::optional<EndpointsResult> answer;
};

Resolver::Resolver(std::string host, int port)
    : host_(without_brackets(host)), port_(port), shared_(std::make_shared<Shared>()) {}

Resolver::~Resolver() = default;

void Resolver::start() {
  if (std::exchange(under_way_, true)) return;
  if (EndpointsResult numeric = look_up(host_, port_, AI_NUMERICHOST); numeric.ok()) {
    shared_->put(std::move(numeric));
    return;
  }
  try {
    std::thread([shared = shared_, host = host_, port = port_] {
      shared->put(look_up(host, port, 0));
    }).detach();
  } catch (const std::system_error& e) {
    shared_->put(protocol::Failure{fmt::format("can't resolve '{}': {}", host_, e.what())});
  }
}

std::optional<EndpointsResult> Resolver::take() {
  const std::lock_guard lock(shared_->mutex);
  if (!shared_->answer) return std::nullopt;
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = read(shared_->event, &count, sizeof count);
  under_way_ = false;
  return std::exchange(shared_->answer, std::nullopt);
}

int Resolver::fd() const { return shared_->event; }

}  // namespace cppworker::transport
