#include "dns_client.hpp"

using namespace cppworker;

/// Asks a name server: `-H 127.0.0.1:53`.
class DnsUser : public User {
 public:
  static constexpr WaitTime wait_time = between(50ms, 150ms);
  inline static const Seconds timeout{env("DNS_TIMEOUT", 5.0)};

  void shop() { dns_.udp("shop.test", {.name = "shop.test", .timeout = timeout}); }
  void mail() {
    dns_.udp("shop.test", {.type = DnsType::kMx, .name = "shop.test MX", .timeout = timeout});
  }
  void missing() { dns_.udp("missing.test", {.timeout = timeout}); }

  static constexpr auto tasks() {
    return task_list(task<&DnsUser::shop>({.weight = 3}), task<&DnsUser::mail>(),
                     task<&DnsUser::missing>());
  }

 private:
  DnsClient dns_{environment(), base_host()};
};

CPPWORKER_LOCUSTFILE(DnsUser)
