#include "net/resolver.hpp"

#include <algorithm>
#include <memory>
#include <system_error>
#include <utility>

#include <netdb.h>

#include "base/check.hpp"
#include "coro/forked_child.hpp"

namespace cppworker::net {

LookupResult look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  LookupResult result;
  result.gai_error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (result.gai_error != 0) {
    return result;
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, ::freeaddrinfo);
  for (const addrinfo* info = list; info != nullptr; info = info->ai_next) {
    const auto address = SocketAddress::from(*info->ai_addr, info->ai_addrlen);
    if (address && std::ranges::find(result.addresses, *address) == result.addresses.end()) {
      result.addresses.push_back(*address);
    }
  }
  if (result.addresses.empty()) {
    result.gai_error = EAI_NONAME;
  }
  return result;
}

void alternate_families(std::vector<SocketAddress>& addresses) {
  for (std::size_t i = 1; i < addresses.size(); ++i) {
    const auto differs = [family = addresses[i - 1].family()](const SocketAddress& address) {
      return address.family() != family;
    };
    const auto here = addresses.begin() + static_cast<std::ptrdiff_t>(i);
    const auto next = std::find_if(here, addresses.end(), differs);
    if (next == addresses.end()) {
      return;
    }
    std::rotate(here, next, next + 1);
  }
}

Resolver::Resolver(Lookup lookup)
    : lookup_(std::move(lookup)),
      threads_({.threads_max = kThreadsMax, .thread_name = "name lookup", .warns = false}) {}

Resolver& Resolver::process() {
  static auto* resolver = new Resolver;
  return *resolver;
}

void Resolver::resolve(const std::string& host, Done done) {
  CHECK(done != nullptr);
  coro::end_if_forked_child();  // its parent's threads do the lookups
  {
    const std::lock_guard lock(mutex_);
    const auto [place, is_new] = waiting_.try_emplace(host);
    place->second.push_back(std::move(done));
    if (!is_new) {
      return;
    }
  }
  try {
    threads_.run([this, host] { finish(host, lookup_(host)); });
  } catch (const std::system_error&) {
    finish(host, {.gai_error = EAI_AGAIN, .addresses = {}});
  }
}

void Resolver::finish(const std::string& host, const LookupResult& result) {
  std::vector<Done> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting = std::move(waiting_.extract(host).mapped());
  }
  for (const Done& done : waiting) {
    done(result);
  }
}

}  // namespace cppworker::net
