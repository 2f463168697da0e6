#include "transport/endpoint_resolver.hpp"

#include <cstdint>
#include <mutex>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <netdb.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace cppworker::transport {
namespace {

using EndpointsResult = protocol::Result<Endpoints>;

EndpointsResult endpoints(const std::string& host, std::uint16_t port, net::LookupResult found) {
  if (found.gai_error != 0) {
    return protocol::Failure{
        fmt::format("can't resolve '{}': {}", host, gai_strerror(found.gai_error))};
  }
  net::alternate_families(found.addresses);
  Endpoints result;
  for (const net::SocketAddress& address : found.addresses) {
    result.push_back("tcp://" + address.with_port(port).text());
  }
  return result;
}

}  // namespace

struct EndpointResolver::Shared {
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

EndpointResolver::EndpointResolver(std::string host, int port, net::Resolver& resolver)
    : host_(std::move(host)),
      port_(static_cast<std::uint16_t>(port)),
      resolver_(resolver),
      shared_(std::make_shared<Shared>()) {}

EndpointResolver::~EndpointResolver() = default;

void EndpointResolver::start() {
  if (std::exchange(under_way_, true)) return;
  if (const auto address = net::SocketAddress::parse(host_)) {
    shared_->put(endpoints(host_, port_, {.addresses = {*address}}));
    return;
  }
  resolver_.resolve(host_, [shared = shared_, host = host_, port = port_](net::LookupResult found) {
    shared->put(endpoints(host, port, std::move(found)));
  });
}

std::optional<EndpointsResult> EndpointResolver::take() {
  const std::lock_guard lock(shared_->mutex);
  if (!shared_->answer) return std::nullopt;
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = read(shared_->event, &count, sizeof count);
  under_way_ = false;
  return std::exchange(shared_->answer, std::nullopt);
}

int EndpointResolver::fd() const { return shared_->event; }

}  // namespace cppworker::transport
