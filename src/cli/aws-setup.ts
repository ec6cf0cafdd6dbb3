/** What makes, looks after and takes away a deployment's resources; loaded by the verbs of set-up alone. */
export { kindWord, SetupError } from '../aws/setup/build.ts';
export { destroyDeployment } from '../aws/setup/destroy.ts';
export { estimateOf } from '../aws/setup/estimate.ts';
export { cloudFormation } from '../aws/setup/export-cloudformation.ts';
export { terraform } from '../aws/setup/export-terraform.ts';
export { initDeployment, surveyDeployment } from '../aws/setup/init.ts';
export { policyOf, ROLES } from '../aws/setup/model/policies.ts';
export { scanDeployment } from '../aws/setup/scan.ts';
