"""What PyTorch 2.13 has and this engine lacks, by module: asking for it names the nearest thing that is there.

Names that are in neither are refused in PyTorch's words. `reference/tests/test_names.py` compares this with PyTorch.
"""

ABSENT = {
    "torch": """
        AVG AggregationType AliasDb AnyType ArgumentSpec AwaitType BenchmarkConfig BenchmarkExecutionStats Block
        BoolType BufferDict CallStack Capsule ClassType Code CompilationUnit CompleteArgumentSpec ComplexType
        ConcreteModuleType ConcreteModuleTypeBuilder DeepCopyMemoTable DeserializationStorageContext DeviceObjType
        DictType DispatchKey DispatchKeySet EnumType ErrorReport ExcludeDispatchKeyGuard ExecutionPlan FileCheck
        FloatType FutureType Gradient Graph GraphExecutorState IODescriptor InferredType IntType InterfaceType
        JITException ListType LiteScriptModule LockingLogger LoggerBase ModuleDict Node NoneType NoopLogger NumberType
        OperatorInfo OptionalType ParameterDict PyObjectType QInt32Storage
        QInt8Storage QUInt2x4Storage QUInt4x2Storage QUInt8Storage RRefType SUM ScriptClass ScriptClassFunction
        ScriptDict ScriptDictIterator ScriptDictKeyIterator ScriptFunction ScriptList ScriptListIterator ScriptMethod
        ScriptModule ScriptModuleSerializer ScriptObject ScriptObjectProperty SerializationStorageContext StaticModule
        Storage StorageBase StreamObjType StringType SymBoolType SymIntType TensorType ThroughputBenchmark
        TracingState TupleType Type UnionType Use Value ao batch_norm_backward_elemt batch_norm_backward_reduce
        batch_norm_elemt batch_norm_gather_stats batch_norm_gather_stats_with_counts batch_norm_stats
        batch_norm_update_stats bit bits16 bits1x8 bits2x4 bits4x2 bits8 ccol_indices_copy choose_qparams_optimized
        classes classproperty col_indices_copy compiled_with_cxx11_abi cond crow_indices_copy
        cudnn_affine_grid_generator cudnn_batch_norm cudnn_convolution cudnn_convolution_add_relu
        cudnn_convolution_relu cudnn_convolution_transpose cudnn_grid_sampler cudnn_is_acceptable dequantize
        empty_quantized fake_quantize_per_channel_affine fake_quantize_per_tensor_affine
        fbgemm_linear_fp16_weight fbgemm_linear_fp16_weight_fp32_activation fbgemm_linear_int8_weight
        fbgemm_linear_int8_weight_fp32_activation fbgemm_linear_quantize_weight fbgemm_pack_gemm_matrix_fp16
        fbgemm_pack_quantized_matrix
        fork fused_moving_avg_obs_fake_quant get_file_path hsmm hspmm import_ir_module
        import_ir_module_from_buffer indices_copy int1 int2 int3 int4 int5 int6 int7 int_repr lobpcg masked
        merge_type_from_type_comment miopen_batch_norm miopen_convolution miopen_convolution_add_relu
        miopen_convolution_relu miopen_convolution_transpose miopen_ctc_loss miopen_depthwise_convolution miopen_rnn
        mkldnn_adaptive_avg_pool2d mkldnn_convolution mkldnn_linear_backward_weights mkldnn_max_pool2d
        mkldnn_max_pool3d mkldnn_rnn_layer monitor mtia native_norm nested package parse_ir parse_schema
        parse_type_comment per_channel_affine per_channel_affine_float_qparams per_channel_symmetric per_tensor_affine
        per_tensor_symmetric prepare_multiprocessing_environment profiler_allow_cudagraph_cupti_lazy_reinit_cuda12
        q_per_channel_axis q_per_channel_scales q_per_channel_zero_points q_scale q_zero_point qint32 qint8 qscheme
        quantization quantize_per_channel quantize_per_tensor quantize_per_tensor_dynamic quantized_batch_norm
        quantized_gru quantized_gru_cell quantized_lstm quantized_lstm_cell quantized_max_pool1d quantized_max_pool2d
        quantized_max_pool3d quantized_rnn_relu_cell quantized_rnn_tanh_cell quint2x4 quint4x2 quint8
        resize_as_sparse_ row_indices_copy saddmm smm sparse_bsc_tensor sparse_bsr_tensor sparse_compressed_tensor
        sparse_csc_tensor sparse_csr_tensor sspaddmm thread_safe_generator uint1 uint2 uint3 uint4 uint5 uint6 uint7
        unify_type_list values_copy wait while_loop
    """,
    "torch.backends": """
        cusparselt kleidiai miopen nnpack quantized
    """,
    "torch.cuda": """
        BFloat16Storage BoolStorage ByteStorage CUDAPluggableAllocator CharStorage
        ComplexDoubleStorage ComplexFloatStorage CudaError DeferredCudaCallError DoubleStorage ExternalStream
        FloatStorage GreenContext HalfStorage IntStorage LongStorage MemPool ShortStorage
        caching_allocator_alloc caching_allocator_delete caching_allocator_disabled
        caching_allocator_enable can_device_access_peer change_current_allocator check_error classproperty clock_rate
        cudaStatus cudart current_blas_handle current_solver_handle device_memory_used get_allocator_backend
        get_gencode_flags get_per_process_memory_fraction get_stream_from_external get_sync_debug_mode
        host_memory_stats host_memory_stats_as_nested_dict
        is_tf32_supported list_gpu_processes make_graphed_callables max_memory_cached memory_cached memory_snapshot
        memory_stats memory_stats_as_nested_dict memory_summary memory_usage power_draw
        reset_accumulated_host_memory_stats reset_accumulated_memory_stats reset_max_memory_allocated
        reset_max_memory_cached reset_peak_host_memory_stats set_per_process_memory_fraction set_rng_state set_stream
        set_sync_debug_mode temperature use_mem_pool utilization
    """,
    "torch.fft": """
        Tensor
    """,
    "torch.nn": """
        LinearCrossEntropyOptions factory_kwargs intrinsic qat quantizable quantized
    """,
    "torch.nn.functional": """
        BroadcastingList1 BroadcastingList2 BroadcastingList3 ScalingType SwizzleType Tensor assert_int_or_pair
        boolean_dispatch grouped_mm handle_torch_function has_torch_function has_torch_function_unary
        has_torch_function_variadic scaled_grouped_mm scaled_mm
    """,
    "torch.nn.modules": """
        LinearCrossEntropyOptions
    """,
    "torch.optim": """
        swap_in_optimizer_params_and_state
    """,
    "torch.optim.lr_scheduler": """
        Optimizer Tensor
    """,
    "torch.special": """
        Tensor
    """,
    "torch.testing": """
        FileCheck
    """,
    "torch.utils": """
        ThroughputBenchmark backcompat backend_registration collect_env generate_methods_for_privateuse1_backend
        get_cpp_backtrace rename_privateuse1_backend set_module
    """,
    "torch.utils.data": """
        DFIterDataPipe DataChunk IterDataPipe MapDataPipe argument_validation functional_datapipe
        guaranteed_datapipes_determinism non_deterministic runtime_validation runtime_validation_disabled
    """,
}
