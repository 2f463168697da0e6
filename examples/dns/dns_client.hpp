#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include <cppworker/locust.hpp>

/// The types of records that a query may ask for (RFC 1035, RFC 3596).
enum class DnsType : std::uint16_t { kA = 1, kMx = 15, kTxt = 16, kAaaa = 28 };

struct DnsQuery {
  DnsType type = DnsType::kA;
  cppworker::Text name = "udp";  ///< the row
  cppworker::Seconds timeout{5};
};

/// A client for DNS over UDP, with the rows and failures of locust.contrib.dns. Failures are rows
/// and do not throw. For one user.
class DnsClient {
 public:
  /// @param address of the name server: "127.0.0.1:53"
  DnsClient(cppworker::Environment& environment, std::string_view address)
      : environment_(environment) {
    const auto colon = address.rfind(':');
    const int port = colon == address.npos ? 53 : std::stoi(std::string(address.substr(colon + 1)));
    socket_ = cppworker::UdpSocket(std::string(address.substr(0, colon)),
                                   static_cast<std::uint16_t>(port));
  }

  /// Asks for the records of a name. Row: `DNS udp`.
  /// @returns the datagram of the server; "" if there was none
  std::string udp(std::string_view name, const DnsQuery& options = {}) {
    std::string answer;
    environment_.events.request.measure("DNS", options.name, [&](cppworker::RequestMeta& request) {
      const auto id = static_cast<std::uint16_t>(cppworker::randint(0, 0xffff));
      const auto begin = std::chrono::steady_clock::now();
      socket_.set_timeout(options.timeout);
      try {
        socket_.send(question(id, name, options.type));
        do {  // all datagrams, also those of older queries, have one timeout
          const cppworker::Seconds passed = std::chrono::steady_clock::now() - begin;
          if (passed >= options.timeout) throw cppworker::UdpTimeout("");
          answer = socket_.receive(options.timeout - passed);
        } while (number_at(answer, 0) != id);
      } catch (const cppworker::UdpTimeout&) {
        request.exception = "Timeout('The DNS operation timed out.')";
        return;
      }
      if (number_at(answer, 6) == 0) {  // a missing name, or one without such records
        request.exception = "LocustError('No answer in DNS response')";
      }
    });
    return answer;
  }

 private:
  static std::string bytes(std::uint16_t number) {
    return {static_cast<char>(number >> 8), static_cast<char>(number & 0xff)};
  }

  static std::uint16_t number_at(std::string_view text, std::size_t place) {
    if (text.size() < 12) throw std::runtime_error("the answer has no complete header");
    return static_cast<std::uint16_t>(static_cast<unsigned char>(text[place]) << 8 |
                                      static_cast<unsigned char>(text[place + 1]));
  }

  /// One question of class IN (1); the flag asks for recursion.
  static std::string question(std::uint16_t id, std::string_view name, DnsType type) {
    std::string message = bytes(id) + bytes(0x0100) + bytes(1) + bytes(0) + bytes(0) + bytes(0);
    while (!name.empty()) {
      const std::string_view label = name.substr(0, name.find('.'));
      if (label.empty() || label.size() > 63) {
        throw std::invalid_argument("a part of the name is empty, or longer than 63 bytes");
      }
      message += static_cast<char>(label.size());
      message += label;
      name.remove_prefix(std::min(label.size() + 1, name.size()));
    }
    return message + '\0' + bytes(static_cast<std::uint16_t>(type)) + bytes(1);
  }

  cppworker::Environment& environment_;
  cppworker::UdpSocket socket_;
};
