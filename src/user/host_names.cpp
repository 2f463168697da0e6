#include "user/host_names.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <netdb.h>

#include <cppworker/sync.hpp>
#include <cppworker/tcp_stream.hpp>

#include "coro/blocking_pool.hpp"
#include "coro/scheduler.hpp"
#include "user/deadline.hpp"

namespace cppworker::detail {

namespace {

constexpr std::chrono::seconds kTtl{60};

struct Found {
  int gai_error = 0;
  std::vector<Address> addresses;
};

/// Moves every second address of the family that isn't first forward, as far as they go.
void alternate_families(std::vector<Address>& addresses) {
  for (std::size_t i = 1; i < addresses.size(); ++i) {
    const auto differs = [&](const Address& address) {
      return address.storage.ss_family != addresses[i - 1].storage.ss_family;
    };
    const auto here = addresses.begin() + static_cast<std::ptrdiff_t>(i);
    const auto next = std::find_if(here, addresses.end(), differs);
    if (next == addresses.end()) {
      return;
    }
    std::rotate(here, next, next + 1);
  }
}

Found look_up(const std::string& host, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* list = nullptr;
  Found found;
  found.gai_error = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (found.gai_error != 0) {
    return found;
  }
  for (const addrinfo* info = list; info != nullptr; info = info->ai_next) {
    Address address;
    std::memcpy(&address.storage, info->ai_addr, info->ai_addrlen);
    address.size = info->ai_addrlen;
    found.addresses.push_back(address);
  }
  freeaddrinfo(list);
  alternate_families(found.addresses);
  return found;
}

}  // namespace

struct HostNames::Entry {
  Event done;
  Found found;
  coro::TimePoint expires = coro::TimePoint::max();  // while it is being looked up
};

void HostNames::start_lookup(const std::string& host, const std::shared_ptr<Entry>& entry) {
  coro::BlockingPool::process().run([host, entry, postbox = coro::Scheduler::current()->postbox()] {
    postbox->post([entry, found = look_up(host, AI_ADDRCONFIG)] {
      entry->found = found;
      entry->expires = clock_now() + (found.gai_error == 0 ? kTtl : std::chrono::seconds{0});
      entry->done.set();
    });
  });
}

std::vector<Address> HostNames::find(const std::string& host, Seconds timeout) {
  if (Found found = look_up(host, AI_NUMERICHOST); found.gai_error == 0) {
    return std::move(found.addresses);
  }
  std::shared_ptr<Entry>& known = names_[host];
  if (known == nullptr || clock_now() >= known->expires) {
    auto fresh = std::make_shared<Entry>();
    start_lookup(host, fresh);
    known = std::move(fresh);
  }
  const std::shared_ptr<Entry> entry = known;  // another one may take its place meanwhile
  if (!entry->done.wait(timeout)) {
    throw TcpTimeout("looking up " + host + ": timed out");
  }
  if (entry->found.gai_error != 0) {
    throw TcpError("looking up " + host + ": " + gai_strerror(entry->found.gai_error));
  }
  return entry->found.addresses;
}

}  // namespace cppworker::detail
