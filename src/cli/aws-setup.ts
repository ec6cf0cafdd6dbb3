/** What makes, looks after and takes away a deployment's resources; loaded by the verbs of set-up alone. */
export { kindWord, SetupError } from '../aws/setup/build.ts';
export { destroyDeployment } from '../aws/setup/destroy.ts';
export { estimateOf } from '../aws/setup/estimate.ts';
export { firstResult } from '../aws/setup/first-result.ts';
export { cloudFormation } from '../aws/setup/export-cloudformation.ts';
export { terraform } from '../aws/setup/export-terraform.ts';
export { initDeployment, surveyDeployment } from '../aws/setup/init.ts';
export { findNetwork } from '../aws/setup/network.ts';
export { bootScript } from '../aws/setup/model/boot-script.ts';
export { masterUnit } from '../aws/setup/model/units.ts';
export { policyOf, ROLES } from '../aws/setup/model/policies.ts';
export { packProgram } from '../aws/setup/program/pack.ts';
export { missingPins } from '../aws/setup/program/put.ts';
export { scanDeployment } from '../aws/setup/scan.ts';
