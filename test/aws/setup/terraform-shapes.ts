import { list, oneOf, shape, type Kind, type Shape } from './shape.ts';

/**
 * From the argument references in the documentation of the provider hashicorp/aws 5, one page a resource: names, which are required,
 * kinds and allowed values, of what we could want to set. `depends_on` and `lifecycle` are Terraform's own.
 */
const resource = (members: Readonly<Record<string, Kind>>): Shape =>
  shape({ ...members, depends_on: list('text'), lifecycle: shape({ prevent_destroy: 'boolean' }) });
const tagged = (members: Readonly<Record<string, Kind>>): Shape => resource({ ...members, tags: 'map' });

export const TERRAFORM_SHAPES: Readonly<Record<string, Shape>> = {
  aws_dynamodb_table: tagged({
    'name!': 'text',
    billing_mode: oneOf('PAY_PER_REQUEST', 'PROVISIONED'),
    'hash_key!': 'text',
    range_key: 'text',
    'attribute!': list(shape({ 'name!': 'text', 'type!': oneOf('S', 'N', 'B') })),
    global_secondary_index: list(
      shape({
        'name!': 'text',
        'hash_key!': 'text',
        range_key: 'text',
        'projection_type!': oneOf('ALL', 'KEYS_ONLY', 'INCLUDE'),
        non_key_attributes: list('text'),
      }),
    ),
    ttl: shape({ attribute_name: 'text', enabled: 'boolean' }),
  }),
  aws_s3_bucket: tagged({ bucket: 'text' }),
  aws_s3_bucket_server_side_encryption_configuration: resource({
    'bucket!': 'text',
    'rule!': shape({
      apply_server_side_encryption_by_default: shape({ 'sse_algorithm!': oneOf('AES256', 'aws:kms', 'aws:kms:dsse') }),
    }),
  }),
  aws_s3_bucket_public_access_block: resource({
    'bucket!': 'text',
    block_public_acls: 'boolean',
    block_public_policy: 'boolean',
    ignore_public_acls: 'boolean',
    restrict_public_buckets: 'boolean',
  }),
  aws_s3_bucket_lifecycle_configuration: resource({
    'bucket!': 'text',
    'rule!': list(
      shape({
        'id!': 'text',
        'status!': oneOf('Enabled', 'Disabled'),
        filter: shape({ prefix: 'text' }),
        expiration: shape({ days: 'whole' }),
        abort_incomplete_multipart_upload: shape({ days_after_initiation: 'whole' }),
      }),
    ),
  }),
  aws_s3_bucket_policy: resource({ 'bucket!': 'text', 'policy!': 'json' }),
  aws_sqs_queue: tagged({
    name: 'text',
    message_retention_seconds: 'whole',
    receive_wait_time_seconds: 'whole',
    visibility_timeout_seconds: 'whole',
    redrive_policy: 'json',
    sqs_managed_sse_enabled: 'boolean',
  }),
  aws_sqs_queue_policy: resource({ 'queue_url!': 'text', 'policy!': 'json' }),
  aws_sns_topic: tagged({ name: 'text', signature_version: oneOf(1, 2) }),
  aws_cloudwatch_event_rule: tagged({ name: 'text', event_pattern: 'json', state: oneOf('ENABLED', 'DISABLED') }),
  aws_cloudwatch_event_target: resource({ 'rule!': 'text', target_id: 'text', 'arn!': 'text' }),
  aws_iam_role: tagged({ name: 'text', 'assume_role_policy!': 'json' }),
  aws_iam_role_policy: resource({ name: 'text', 'role!': 'text', 'policy!': 'json' }),
  aws_iam_instance_profile: tagged({ name: 'text', role: 'text' }),
  aws_security_group: tagged({
    name: 'text',
    description: 'text',
    vpc_id: 'text',
    egress: list(
      shape({
        'from_port!': 'whole',
        'to_port!': 'whole',
        'protocol!': 'text',
        'cidr_blocks!': list('text'),
        'description!': 'text',
        'ipv6_cidr_blocks!': list('text'),
        'prefix_list_ids!': list('text'),
        'security_groups!': list('text'),
        'self!': 'boolean',
      }),
    ),
  }),
  aws_vpc_security_group_ingress_rule: tagged({
    'security_group_id!': 'text',
    referenced_security_group_id: 'text',
    'ip_protocol!': 'text',
  }),
  aws_launch_template: tagged({
    name: 'text',
    image_id: 'text',
    user_data: 'text',
    iam_instance_profile: shape({ name: 'text', arn: 'text' }),
    vpc_security_group_ids: list('text'),
    instance_initiated_shutdown_behavior: oneOf('stop', 'terminate'),
    metadata_options: shape({
      http_tokens: oneOf('optional', 'required'),
      http_put_response_hop_limit: 'whole',
      http_endpoint: oneOf('enabled', 'disabled'),
      instance_metadata_tags: oneOf('enabled', 'disabled'),
    }),
    block_device_mappings: list(
      shape({
        device_name: 'text',
        ebs: shape({
          encrypted: 'boolean',
          volume_type: oneOf('gp2', 'gp3', 'io1', 'io2', 'st1', 'sc1', 'standard'),
          delete_on_termination: 'boolean',
        }),
      }),
    ),
    tag_specifications: list(
      shape({ resource_type: oneOf('instance', 'volume', 'spot-instances-request'), tags: 'map' }),
    ),
  }),
};
