// The methods and the requests of grpc_server.py, with grpc++. Prints its port, then "ended METHOD
// CODE" for each call.
#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

namespace {

void tell(const std::string& line) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  std::cout << line << std::endl;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      decoded += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

/// "size=1000&code=5", in the first line of a message.
std::map<std::string, std::string> parsed(const std::string& message) {
  std::map<std::string, std::string> words;
  std::istringstream line(message.substr(0, message.find('\n')));
  for (std::string word; std::getline(line, word, '&');) {
    const std::size_t equal = word.find('=');
    if (equal != std::string::npos) {
      words[word.substr(0, equal)] = percent_decoded(word.substr(equal + 1));
    }
  }
  return words;
}

std::string bytes_of(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

class Call final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Call(grpc::GenericCallbackServerContext* context)
      : context_(context), path_(context->method()) {
    const auto& metadata = context->client_metadata();
    if (const auto echo = metadata.find("x-echo-initial"); echo != metadata.end()) {
      context->AddInitialMetadata("x-echo-initial", {echo->second.data(), echo->second.size()});
    }
    if (const auto echo = metadata.find("x-echo-trailing-bin"); echo != metadata.end()) {
      context->AddTrailingMetadata("x-echo-trailing-bin",
                                   {echo->second.data(), echo->second.size()});
    }
    constexpr std::string_view kService = "/test.TestService/";
    if (path_.starts_with(kService)) method_ = path_.substr(kService.size());
    if (method_ != "EmptyCall" && method_ != "UnaryCall" && method_ != "StreamingInputCall" &&
        method_ != "StreamingOutputCall" && method_ != "FullDuplexCall") {
      end({grpc::StatusCode::UNIMPLEMENTED, "Method not found!"});
    } else {
      StartRead(&read_);
    }
  }

  void OnReadDone(bool ok) override {
    if (ok) {
      receive(bytes_of(read_));
    } else if (method_ == "StreamingInputCall") {
      ends_after_write_ = true;
      write(std::to_string(sum_));
    } else {
      end(grpc::Status::OK);
    }
  }

  void OnWriteDone(bool ok) override {
    if (!ok) {
      end({grpc::StatusCode::UNKNOWN, "the client has gone"});
    } else if (!sizes_.empty()) {
      write_next_size();
    } else if (ends_after_write_) {
      end(status_);
    } else {
      StartRead(&read_);
    }
  }

  void OnDone() override {
    const int code = context_->IsCancelled() ? grpc::StatusCode::CANCELLED : status_.error_code();
    tell("ended " + path_ + " " + std::to_string(code));
    delete this;
  }

 private:
  void receive(const std::string& message) {
    if (method_ == "StreamingInputCall") {
      sum_ += message.size();
      return StartRead(&read_);
    }
    const auto request = parsed(message);
    const auto word = [&](const char* name) {
      const auto found = request.find(name);
      return found == request.end() ? std::string() : found->second;
    };
    if (!word("wait").empty()) {
      std::this_thread::sleep_for(std::chrono::duration<double>(std::stod(word("wait"))));
    }
    if (!word("gzip").empty()) context_->set_compression_algorithm(GRPC_COMPRESS_GZIP);
    if (!word("code").empty()) {
      status_ = {static_cast<grpc::StatusCode>(std::stoi(word("code"))), word("text")};
    }
    ends_after_write_ = method_ != "FullDuplexCall" || !status_.ok();
    if (method_ == "StreamingOutputCall") {
      std::istringstream list(word("sizes"));
      for (std::string size; std::getline(list, size, ',');) sizes_.push_back(std::stoul(size));
      return sizes_.empty() ? end(status_) : write_next_size();
    }
    if (method_ == "UnaryCall" && !status_.ok()) return end(status_);
    write(word("size").empty() ? message : std::string(std::stoul(word("size")), 'x'));
  }

  void write_next_size() {
    const std::size_t size = sizes_.front();
    sizes_.erase(sizes_.begin());
    write(std::string(size, 'x'));
  }

  void write(const std::string& message) {
    const grpc::Slice slice(message);
    written_ = grpc::ByteBuffer(&slice, 1);
    StartWrite(&written_);
  }

  void end(const grpc::Status& status) {
    status_ = status;
    Finish(status);
  }

  grpc::GenericCallbackServerContext* context_;
  std::string path_;
  std::string method_;
  grpc::ByteBuffer read_;
  grpc::ByteBuffer written_;
  std::vector<std::size_t> sizes_;
  std::size_t sum_ = 0;
  grpc::Status status_;
  bool ends_after_write_ = false;
};

class Service final : public grpc::CallbackGenericService {
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new Call(context);
  }
};

}  // namespace

int main() {
  Service service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.SetMaxReceiveMessageSize(64 << 20);
  builder.RegisterCallbackGenericService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  tell(std::to_string(port));
  server->Wait();
}
