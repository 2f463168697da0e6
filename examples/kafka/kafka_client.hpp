#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <librdkafka/rdkafka.h>

#include <cppworker/locust.hpp>

/// The settings of librdkafka: {"bootstrap.servers", "127.0.0.1:9092"}, {"linger.ms", "5"}, …
using KafkaSettings = std::map<std::string, std::string>;

/// A producer of librdkafka, which all users of a shard share. It has threads of its own for the
/// brokers, and one that receives the delivery reports.
class KafkaProducer {
 public:
  explicit KafkaProducer(const KafkaSettings& settings) {
    char error[512] = "";
    std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)> conf(rd_kafka_conf_new(),
                                                                            rd_kafka_conf_destroy);
    for (const auto& [name, value] : settings) {
      if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), error, sizeof error) !=
          RD_KAFKA_CONF_OK) {
        throw cppworker::Error(error);
      }
    }
    rd_kafka_conf_set_dr_msg_cb(conf.get(), &on_delivery);
    producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), error, sizeof error);
    if (producer_ == nullptr) throw cppworker::Error(error);
    static_cast<void>(conf.release());  // it belongs to the producer now
    reports_ = std::thread([this] {
      while (!ending_) rd_kafka_poll(producer_, 100);
    });
  }
  KafkaProducer(const KafkaProducer&) = delete;
  KafkaProducer& operator=(const KafkaProducer&) = delete;
  ~KafkaProducer() {
    rd_kafka_purge(producer_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(producer_, 1000);
    ending_ = true;
    reports_.join();
    rd_kafka_destroy(producer_);
  }

  /// The result of the delivery follows when the broker has acknowledged the message, or when
  /// librdkafka has given up.
  cppworker::Future<rd_kafka_resp_err_t> produce(const std::string& topic, std::string_view value,
                                                 std::string_view key) {
    auto report = std::make_unique<Report>();
    const cppworker::Future<rd_kafka_resp_err_t> future = report->future();
    const rd_kafka_resp_err_t error = rd_kafka_producev(
        producer_, RD_KAFKA_V_TOPIC(topic.c_str()),
        RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
        RD_KAFKA_V_KEY(key.data(), key.size()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_OPAQUE(report.get()), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      static_cast<void>(report.release());  // on_delivery() takes it
    } else {
      report->set_value(error);
    }
    return future;
  }

 private:
  using Report = cppworker::Promise<rd_kafka_resp_err_t>;

  static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
    const std::unique_ptr<Report> report(static_cast<Report*>(message->_private));
    report->set_value(message->err);
  }

  rd_kafka_t* producer_ = nullptr;
  std::atomic<bool> ending_{false};
  std::thread reports_;
};

struct KafkaSend {
  std::string_view key{};
  cppworker::Text name{};  ///< the row; default: the topic
};

/// The client of one user, with the rows and failures of locust-plugins. Failures are rows and do
/// not throw.
class KafkaClient {
 public:
  KafkaClient(cppworker::Environment& environment, const KafkaSettings& settings)
      : environment_(environment),
        producer_(producers->try_emplace(settings, settings).first->second) {}

  /// Sends a message and waits until the broker has acknowledged it. Row: `ENQUEUE topic`.
  void send(const std::string& topic, std::string_view value, const KafkaSend& options = {}) {
    const std::string_view row = options.name.empty() ? topic : std::string_view(options.name);
    environment_.events.request.measure("ENQUEUE", row, [&](cppworker::RequestMeta& request) {
      request.response_length = std::ssize(value);
      const rd_kafka_resp_err_t error = producer_.produce(topic, value, options.key).get();
      if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
      request.exception = "KafkaError{code=" + std::string(rd_kafka_err2name(error)) +
                          ",val=" + std::to_string(error) + ",str=\"" + rd_kafka_err2str(error) +
                          "\"}";
    });
  }

 private:
  inline static const cppworker::ShardLocal<std::map<KafkaSettings, KafkaProducer>> producers;

  cppworker::Environment& environment_;
  KafkaProducer& producer_;
};
