#include <cstdint>
#include <string>
#include <string_view>

#include <cppworker/locust.hpp>

using namespace cppworker;

/// A client for DNS over UDP (RFC 1035).
class DnsClient {
 public:
  DnsClient(Environment& environment, std::string_view address) : environment_(environment) {
    const auto colon = address.rfind(':');
    socket_ = UdpSocket(
        std::string(address.substr(0, colon)),
        static_cast<std::uint16_t>(std::stoi(std::string(address.substr(colon + 1)))), 5s);
  }

  /// Asks for the IPv4 addresses of a name. A lost datagram is a failure after 5 seconds.
  void look_up(const std::string& name) {
    environment_.events.request.measure("DNS", name, [&](RequestMeta& request) {
      const auto id = static_cast<std::uint16_t>(randint(0, 0xffff));
      socket_.send(query(id, name));
      std::string answer = socket_.receive();
      while (number_at(answer, 0) != id) answer = socket_.receive();  // of an older query
      request.response_length = std::ssize(answer);
      const int code = number_at(answer, 2) & 0xf;
      if (code != 0)
        throw std::runtime_error("the server answers with code " + std::to_string(code));
      if (number_at(answer, 6) == 0) throw std::runtime_error("the answer has no address");
    });
  }

 private:
  static std::string bytes(std::uint16_t number) {
    return {static_cast<char>(number >> 8), static_cast<char>(number & 0xff)};
  }

  static std::uint16_t number_at(std::string_view text, std::size_t place) {
    if (text.size() < place + 2) throw std::runtime_error("the answer is too short");
    return static_cast<std::uint16_t>(static_cast<unsigned char>(text[place]) << 8 |
                                      static_cast<unsigned char>(text[place + 1]));
  }

  /// One question, for type A (1) of class IN (1); the flag asks for recursion.
  static std::string query(std::uint16_t id, std::string_view name) {
    std::string message = bytes(id) + bytes(0x0100) + bytes(1) + bytes(0) + bytes(0) + bytes(0);
    while (!name.empty()) {
      const std::string_view label = name.substr(0, name.find('.'));
      message += static_cast<char>(label.size());
      message += label;
      name.remove_prefix(std::min(label.size() + 1, name.size()));
    }
    return message + '\0' + bytes(1) + bytes(1);
  }

  Environment& environment_;
  UdpSocket socket_;
};

class DnsUser : public User {
 public:
  static constexpr WaitTime wait_time = between(50ms, 150ms);

  void shop() { dns_.look_up("shop.test"); }
  void missing() { dns_.look_up("missing.test"); }

  static constexpr auto tasks() {
    return task_list(task<&DnsUser::shop>({.weight = 3}), task<&DnsUser::missing>());
  }

 private:
  DnsClient dns_{environment(), base_host()};
};

CPPWORKER_LOCUSTFILE(DnsUser)
