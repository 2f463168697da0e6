#include <algorithm>
#include <stdexcept>
#include <utility>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <cppworker/detail/loop_stack.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/grpc_dynamic.hpp>

#include "protobuf/convert.hpp"
#include "protobuf/definitions.hpp"
#include "protobuf/reflection.hpp"

namespace cppworker {

namespace pb = google::protobuf;

namespace detail {

struct GrpcMethodTypes {
  std::shared_ptr<const GrpcDefinitions> definitions;  // owns what the others refer to
  const pb::MethodDescriptor& method;
  const pb::Message& request;
  const pb::Message& reply;
};

}  // namespace detail

GrpcMethod::GrpcMethod(std::shared_ptr<const detail::GrpcMethodTypes> types, std::string path)
    : types_(std::move(types)), path_(std::move(path)) {}

std::string GrpcMethod::frame(const Value& request) const {
  std::string frame;
  detail::on_loop_stack([&] {
    const std::unique_ptr<pb::Message> message(types_->request.New());
    protobuf::fill_message(*message, request);
    if (!message->IsInitialized()) {
      throw std::invalid_argument(
          "the message " + std::string(message->GetDescriptor()->full_name()) +
          " lacks required fields: " + message->InitializationErrorString());
    }
    frame = detail::grpc_frame(*message);
  });
  return frame;
}

std::string GrpcMethod::unary_frame(const Value& request) const {
  if (types_->method.client_streaming() || types_->method.server_streaming()) {
    throw std::invalid_argument(path_ + " is a streaming method: use client().stream()");
  }
  return frame(request);
}

bool GrpcMethod::parse(std::string_view bytes, Value& reply) const {
  bool is_valid = false;
  detail::on_loop_stack([&] {
    const std::unique_ptr<pb::Message> message(types_->reply.New());
    is_valid = message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    if (is_valid) reply = protobuf::value_of_message(*message);
  });
  return is_valid;
}

GrpcDynamic GrpcDynamic::proto(const std::string& file, const std::vector<std::string>& folders) {
  protobuf::Definitions definitions;
  detail::on_loop_stack([&] { definitions = protobuf::definitions_of_proto(file, folders); });
  return GrpcDynamic(std::move(definitions));
}

GrpcDynamic GrpcDynamic::protoset(const std::string& file) {
  protobuf::Definitions definitions;
  detail::on_loop_stack([&] { definitions = protobuf::definitions_of_protoset(file); });
  return GrpcDynamic(std::move(definitions));
}

GrpcDynamic GrpcDynamic::reflect(GrpcClient& client) {
  return GrpcDynamic(protobuf::reflected_definitions(client));
}

const detail::GrpcDefinitions& GrpcDynamic::definitions() const {
  if (definitions_ == nullptr) {
    throw std::logic_error("GrpcDynamic: it is empty; assign GrpcDynamic::reflect(client()) to it");
  }
  return *definitions_;
}

std::vector<std::string> GrpcDynamic::methods() const { return definitions().methods(); }

GrpcMethod GrpcDynamic::operator[](std::string_view name) const {
  if (name.starts_with('/')) name.remove_prefix(1);
  const pb::MethodDescriptor* const method = definitions().find(name);
  if (method == nullptr) {
    if (const std::string* const failure = definitions().failure_of(name)) {
      throw Error("GrpcDynamic: " + *failure);
    }
    const std::vector<std::string> all = methods();
    std::string text = "GrpcDynamic: there is no method '" + std::string(name) + "'; ";
    text += all.empty() ? "there are no services" : "the methods are: ";
    constexpr std::size_t kListed = 20;
    for (std::size_t i = 0; i < std::min(all.size(), kListed); ++i) {
      text.append(i == 0 ? "" : ", ").append(all[i]);
    }
    if (all.size() > kListed) text += ", …";
    throw Error(text);
  }
  std::shared_ptr<const detail::GrpcMethodTypes> types;
  detail::on_loop_stack([&] {  // protobuf makes the types of all fields recursively
    types = std::make_shared<detail::GrpcMethodTypes>(
        detail::GrpcMethodTypes{.definitions = definitions_,
                                .method = *method,
                                .request = definitions_->prototype(*method->input_type()),
                                .reply = definitions_->prototype(*method->output_type())});
  });
  return {std::move(types), "/" + std::string(name)};
}

}  // namespace cppworker
